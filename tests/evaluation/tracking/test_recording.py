from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import write
from tests.support.pulse_trains import RATE, evenly, pulse_train, steady
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.evaluation.tracking.recording import track_recording
from wavegan_src.utils.errors import UserError


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    sound = pulse_train(steady(1500, 1.0), evenly(4), (1, 0.6, 0.8, 0.7))
    path = tmp_path / "engine.wav"
    write(path, 0.5 * sound / np.abs(sound).max(), RATE)
    return path


def test_the_engine_comes_from_the_file_beside_it(recording: Path) -> None:
    assert track_recording(recording, None).layout is None
    (recording.parent / "engine.json").write_text('{"cylinders": 4}')
    found = track_recording(recording, None)
    assert found.layout == EngineLayout(4)
    assert np.median(found.rpm) == pytest.approx(1500, rel=0.01)
    assert track_recording(recording, EngineLayout(8)).layout == EngineLayout(8)


def test_labels_win_where_they_reach(recording: Path) -> None:
    recording.with_suffix(".csv").write_text("time_s,rpm\n0,777\n0.5,777\n")
    found = track_recording(recording, EngineLayout(4))
    within = found.track.times <= 0.5
    assert found.labelled
    assert (found.rpm[within] == 777).all()
    assert (found.confidence[within] == 1).all()
    assert np.median(found.rpm[~within]) == pytest.approx(1500, rel=0.02)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    for name, content, says in [("a.wav", b"", "cannot be read"), ("b.wav", b"not a sound", "cannot be read")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=says):
            track_recording(tmp_path / name, None)
    with pytest.raises(UserError, match="does not exist"):
        track_recording(tmp_path / "none.wav", None)
    with pytest.raises(UserError, match="is a folder"):
        track_recording(tmp_path, None)


def test_the_beginning_alone_can_be_tracked(recording: Path) -> None:
    """And as much of the sound is read: a recording of any length will do."""
    whole, found = track_recording(recording, None), track_recording(recording, None, first_seconds=0.6)
    assert np.array_equal(found.audio, whole.audio[: round(0.6 * RATE)])
    assert found.track.times[-1] <= 0.6
    assert np.median(found.rpm) == pytest.approx(1500, rel=0.02)
    assert len(track_recording(recording, None, first_seconds=9.0).audio) == len(whole.audio)
