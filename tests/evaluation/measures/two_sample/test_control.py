import numpy as np
import pytest

from wavegan_src.evaluation.measures.two_sample.control import BY_NETWORKS, SPLITS, control, halves
from wavegan_src.evaluation.measures.two_sample.features import Described

KEYS = ["two_sample_drift", "two_sample_fluctuation"]


def made(recordings: list[int], spread: float) -> Described:
    """Clips whose features depend on their recording."""
    rng = np.random.default_rng(0)
    own = spread * rng.standard_normal((max(recordings) + 1, 6))[recordings]
    families = {key.removeprefix("two_sample_"): own + rng.standard_normal((len(recordings), 6)) for key in KEYS}
    nothing = np.zeros((len(recordings), 1, 1), np.float32)
    return Described(families, nothing, nothing)


def test_a_recording_is_in_one_half_only() -> None:
    recordings = list("aabbbcdddd")
    ours, theirs = halves(recordings, 0)
    assert sorted([*ours, *theirs]) == list(range(10))
    assert not {recordings[index] for index in ours} & {recordings[index] for index in theirs}
    assert len({recordings[index] for index in ours}) == 2


def test_halves_of_one_set_are_not_told_apart_however_different_its_recordings_are() -> None:
    recordings = [index // 4 for index in range(160)]
    described = made(recordings, 2.0)
    seen: list[str] = []
    found = control(lambda: described, recordings, seed=0, keys=KEYS, progress=seen.append)
    assert list(found) == KEYS
    assert len(seen) == SPLITS * len(KEYS)
    for measurement, interval in found.values():
        assert measurement.value == pytest.approx(0.5, abs=0.15)
        assert interval is not None
        assert interval.low < (measurement.value or 0) < interval.high
        assert (measurement.n, measurement.n_reference) == (80, 80)


def test_too_few_clips_have_no_control_and_a_reason() -> None:
    recordings = [index // 2 for index in range(30)]
    described = made(recordings, 0.0)
    measurement, interval = control(lambda: described, recordings, seed=0, keys=[*KEYS, *BY_NETWORKS])[KEYS[0]]
    assert (measurement.value, interval) == (None, None)
    assert "needs 20 clips on each side" in (measurement.reason or "")
