"""STOI, PESQ and MCD of aligned pairs, by their reference libraries.

All three compare a signal with *its own* clean reference, which a generator has not: on pairs of different recordings
they hardly distinguish an engine from noise. Users expect them, so they are reported, but only between anchors.
"""

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.dtw import warping_path
from wavegan_src.evaluation.measures.measurement import Measurement, Outcome
from wavegan_src.evaluation.measures.pairing import AlignedPair
from wavegan_src.utils.parallel import map_items

PESQ_RATE = 16000
PESQ_PADDING_SECONDS = 0.75  # silence at both ends: without it PESQ finds "no utterances" in one engine clip of five
PESQ_MISSING = (
    "the package pesq is not installed: it is published as source and needs a C compiler; get it with: pip install pesq"
)
MCD_MISSING = (
    "the package mel-cepstral-distance is not installed: it is there for Python 3.13 and older; "
    "get it with: pip install mel-cepstral-distance"
)

# The convention of `mel-cepstral-distance`, version 0.0.4: 20 mel bands of the power spectrum
# (32 ms every 8 ms, peaks scaled to 1), log10, unnormalised cosine transform, coefficients 1 to 15, no factor before
# the Euclidean distance. The textbook figure 10 / ln 10 sqrt(2 sum (dc)²) is a multiple of it: see docs/evaluation.md.
_MCD_FRAME_MS, _MCD_HOP_MS, _MCD_BANDS = 32.0, 8.0, 20
_MCD_FIRST, _MCD_LAST = 1, 16

TOO_LITTLE_SOUND = "too little sound above STOI's threshold"
NO_UTTERANCES = "PESQ finds no utterances"
SILENT_PIECE = "silent where the pair overlaps"

Job = tuple[AlignedPair, int]


def stoi_of_pair(job: Job) -> Outcome:
    """STOI (Taal et al. 2011, by `pystoi`) of one pair at its rate, from about 0 to 1 for an identical signal."""
    from pystoi import stoi  # noqa: PLC0415 - loads in a worker process

    pair, rate = job
    if _is_silent(pair):
        return SILENT_PIECE
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # pystoi warns and answers 1e-5 where it cannot measure
        try:
            score = float(stoi(pair.reference.astype(np.float64), pair.generated.astype(np.float64), rate))
        except (RuntimeWarning, ValueError):
            return TOO_LITTLE_SOUND
    return score if np.isfinite(score) else "STOI has no finite value"


def pesq_of_pair(job: Job) -> Outcome:
    """PESQ wide band (ITU-T P.862.2, by `pesq`) of one pair, from about 1 to 4.64 for an identical signal."""
    import pesq  # noqa: PLC0415 - optional

    pair, rate = job
    if _is_silent(pair):
        return SILENT_PIECE
    padding = round(PESQ_PADDING_SECONDS * PESQ_RATE)
    reference, generated = (
        np.pad(resample(signal, rate, PESQ_RATE), padding) for signal in (pair.reference, pair.generated)
    )
    try:
        return float(pesq.pesq(PESQ_RATE, reference, generated, "wb"))
    except pesq.NoUtterancesError:
        return NO_UTTERANCES
    except pesq.PesqError as error:
        return f"PESQ fails: {type(error).__name__}"


def mcd_of_pair(job: Job) -> Outcome:
    """Mel-cepstral distance (Kubichek 1993) of one pair, frame by frame."""
    pair, rate = job
    if _is_silent(pair):
        return SILENT_PIECE
    ours, theirs = cepstra(pair.generated, rate), cepstra(pair.reference, rate)
    return float(np.linalg.norm(ours - theirs, axis=1).mean())


def mcd_dtw_of_pair(job: Job) -> Outcome:
    """Mel-cepstral distance of one pair along the best warping of time (exact, no radius)."""
    pair, rate = job
    if _is_silent(pair):
        return SILENT_PIECE
    ours, theirs = cepstra(pair.generated, rate), cepstra(pair.reference, rate)
    path = warping_path(ours, theirs)
    return float(np.linalg.norm(ours[path[:, 0]] - theirs[path[:, 1]], axis=1).mean())


def cepstra(signal: NDArray[np.floating], rate: int) -> Floats:
    """Mel cepstra as `mel-cepstral-distance` makes them from a WAV file: (frames, 15); the signal not silent."""
    from mel_cepstral_distance import get_mel_spectrogram, get_mfccs  # noqa: PLC0415 - loads in a worker process
    from mel_cepstral_distance.computation import get_X_km  # noqa: PLC0415 - the library's own entry takes files only

    scaled = signal.astype(np.float64) / np.abs(signal).max()
    frame, hop = (int(length / 1000 * rate) for length in (_MCD_FRAME_MS, _MCD_HOP_MS))
    spectrogram = get_X_km(scaled, frame, frame, hop, "hanning")
    mel = get_mel_spectrogram(spectrogram, rate, _MCD_FRAME_MS, M=_MCD_BANDS)
    return np.asarray(get_mfccs(mel)[_MCD_FIRST:_MCD_LAST].T, dtype=np.float64)


def measure_pairs(
    pairs: Sequence[AlignedPair],
    rate: int,
    n_reference: int,
    *,
    measures: Sequence[str] = ("stoi", "pesq", "mcd", "mcd_dtw"),
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Measurement]:
    """Score pairs with each of `measures`, in parallel processes.

    Args:
        pairs: from `paired.align`.
        rate: their samples per second.
        n_reference: clips among which the partners were looked for.
        measures: keys of `PAIR_MEASURES`.
        workers: processes; None takes one per usable core.
        progress: called with the number of scores done, of pairs x measures.
    """
    missing = {measure: reason for measure in measures if (reason := why_missing(measure)) is not None}
    wanted = [measure for measure in measures if measure not in missing]
    jobs = [(measure, (pair, rate)) for measure in wanted for pair in pairs]
    outcomes = map_items(_score, jobs, workers, progress)
    return {
        measure: Measurement.of_clips(
            measure,
            [outcome for (name, _), outcome in zip(jobs, outcomes, strict=True) if name == measure],
            n_reference,
        )
        if measure in wanted
        else Measurement.absent(measure, missing[measure], 0, n_reference)
        for measure in measures
    }


def why_missing(measure: str) -> str | None:
    """In one line why a measure of pairs is not available here and how to get it; None where it is."""
    if measure == "pesq" and find_spec("pesq") is None:
        return PESQ_MISSING
    if measure in ("mcd", "mcd_dtw") and find_spec("mel_cepstral_distance") is None:
        return MCD_MISSING
    return None


def _score(job: tuple[str, Job]) -> Outcome:
    measure, pair_and_rate = job
    return PAIR_MEASURES[measure](pair_and_rate)


PAIR_MEASURES: dict[str, Callable[[Job], Outcome]] = {
    "stoi": stoi_of_pair,
    "pesq": pesq_of_pair,
    "mcd": mcd_of_pair,
    "mcd_dtw": mcd_dtw_of_pair,
}


def _is_silent(pair: AlignedPair) -> bool:
    return not (pair.generated.any() and pair.reference.any())
