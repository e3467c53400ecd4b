"""The table of a tracked recording: `time_s, rpm, confidence`."""

from wavegan_src.dsp.order_tracking.tracker import CONFIDENT
from wavegan_src.evaluation.tracking.recording import TrackedRecording
from wavegan_src.utils.csv_log import to_csv

COLUMNS = ("time_s", "rpm", "confidence")


def to_table(recording: TrackedRecording) -> str:
    """The CSV text, a row for every 50 ms; the rpm is empty where the tracker is not confident."""
    rows = [
        (f"{time:.3f}", f"{rpm:.1f}" if confidence >= CONFIDENT else "", f"{confidence:.3f}")
        for time, rpm, confidence in zip(recording.track.times, recording.rpm, recording.confidence, strict=True)
    ]
    return to_csv([COLUMNS, *rows])
