from collections.abc import Callable

import numpy as np
import pytest

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.two_sample import comparison as c
from wavegan_src.evaluation.measures.two_sample import features
from wavegan_src.evaluation.measures.two_sample.features import Described

BANDS, FRAMES = 16, 60
RNG = np.random.default_rng


def log_mels(count: int, seed: int, change: Callable[[Floats], Floats] = lambda bands: bands) -> Floats:
    """Log-mel spectrograms of noise whose neighbouring bands hang together a little, changed as is asked."""
    rng = RNG(seed)
    noise = rng.standard_normal((count, BANDS + 1, FRAMES))
    return np.asarray(change(noise[:, 1:] + 0.5 * noise[:, :-1]) + rng.normal(0, 1, (count, BANDS, 1)))


def described(spectrograms: Floats) -> Described:
    """The families of such spectrograms; fine spectra and waveform are noise, the same for all sets."""
    rng = RNG(int(1e6 * abs(spectrograms[0, 0, 0])))
    families: dict[str, list[Floats]] = {key: [] for key in features.FEATURES}
    fine = rng.standard_normal((len(spectrograms), 8, FRAMES))
    for log_mel, low in zip(spectrograms, fine, strict=True):
        views = features.Views(rng.standard_normal(3000), log_mel, features.standardise(log_mel), low)
        for key, function in features.FEATURES.items():
            families[key].append(function(views))
    arrays = {key: np.array(rows) for key, rows in families.items()}
    return Described(arrays, spectrograms.astype(np.float32), fine.astype(np.float32))


def told(ours: Floats, theirs: Floats, keys: list[str] | None = None, seed: int = 0) -> dict[str, c.Verdict]:
    labels = [[f"{side} {index}" for index in range(len(rows))] for side, rows in (("g", ours), ("r", theirs))]
    families = [f"two_sample_{key}" for key in features.FEATURES]
    return c.compare(
        lambda: described(ours), lambda: described(theirs), *labels, seed=seed, keys=families if keys is None else keys
    )


def aucs(verdicts: dict[str, c.Verdict]) -> dict[str, float]:
    return {key.removeprefix("two_sample_"): verdict.measurement.value or 0 for key, verdict in verdicts.items()}


def test_equal_distributions_are_told_apart_by_chance_only() -> None:
    found = aucs(told(log_mels(100, 0), log_mels(100, 1)))
    assert np.mean(list(found.values())) == pytest.approx(0.5, abs=0.05)
    assert all(0.3 < auc < 0.7 for auc in found.values())


def _shifted(bands: Floats) -> Floats:
    return np.asarray(bands + 4 * (np.arange(BANDS) == 5)[:, None])


def _independent(bands: Floats) -> Floats:
    """Bands of the same level and spread, in another order of frames each: neighbours have nothing in common."""
    return RNG(9).permuted(bands, axis=2)


def _skewed(bands: Floats) -> Floats:
    return np.asarray(np.where(bands > 0, 1.5, -1.0) * np.abs(bands) ** np.where(bands > 0, 1.4, 0.8))


def _trend(bands: Floats) -> Floats:
    return bands + np.linspace(-1.5, 1.5, FRAMES)


@pytest.mark.parametrize(
    ("change", "family", "deaf"),
    [
        (_shifted, "mean_spectrum", ("fluctuation", "neighbouring_bands", "drift", "frame_change")),
        (_independent, "neighbouring_bands", ("mean_spectrum", "fluctuation", "band_kurtosis")),
        (_skewed, "band_skewness", ("line_steadiness", "waveform")),
        (_trend, "drift", ("mean_spectrum", "waveform", "frame_change")),
    ],
)
def test_a_planted_difference_is_named_by_its_family(
    change: Callable[[Floats], Floats], family: str, deaf: tuple[str, ...]
) -> None:
    found = aucs(told(log_mels(60, 2, change), log_mels(60, 3)))
    assert found[family] > 0.9
    assert found[family] >= max(found.values()) - 0.02
    assert all(found[other] < 0.7 for other in deaf), found


def test_all_families_together_tell_by_one_that_can_and_come_first() -> None:
    assert c.all_keys()[0] == "two_sample"
    keys = ["two_sample", *(f"two_sample_{key}" for key in features.FEATURES)]
    verdicts = told(log_mels(40, 2, _shifted), log_mels(40, 3), keys)
    assert list(verdicts) == keys
    whole = verdicts["two_sample"]
    assert (whole.measurement.value or 0) > 0.9
    interval = whole.interval(0)
    assert interval is not None
    assert interval.low <= (whole.measurement.value or 0) <= interval.high


def test_no_classifier_is_tried_on_a_recording_that_it_heard() -> None:
    """Real clips of few recordings, each with its own spectrum: only hearsay of the same recording tells them apart."""
    own = np.repeat(np.arange(8), 10)
    rows = log_mels(80, 4) + RNG(5).normal(0, 3, (8, BANDS, 1))[own]
    halves = np.arange(8) % 2 == 0
    ours, theirs = rows[halves[own]], rows[~halves[own]]
    labels = [[f"{index}" for index in own[part]] for part in (halves[own], ~halves[own])]
    key = "two_sample_mean_spectrum"
    kept = c.compare(lambda: described(ours), lambda: described(theirs), *labels, seed=0, keys=[key])
    leaky = told(ours, theirs, [key])
    assert aucs(leaky)["mean_spectrum"] > 0.95
    assert aucs(kept)["mean_spectrum"] < 0.75


def test_equal_seeds_give_equal_scores() -> None:
    key = "two_sample_fluctuation"
    one, same, other = (told(log_mels(30, 6), log_mels(30, 7), [key], seed)[key].measurement for seed in (0, 0, 1))
    assert one.value == same.value
    np.testing.assert_array_equal(one.values, same.values)
    assert not np.array_equal(one.values, other.values)


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (19, 40, "there are 19 generated ones"),
        (40, 3, "there are 3 real ones"),
        (["a"] * 20 + ["b"] * 20, 40, "the generated clips come from 2"),
        (40, ["a", "b", "c"] * 10, "the real clips come from 3"),
    ],
)
def test_too_little_is_a_reason_and_nothing_is_computed(
    ours: int | list[str], theirs: int | list[str], words: str
) -> None:
    def never() -> Described:
        raise AssertionError("clips are described in vain")

    labels = [given if isinstance(given, list) else [str(index) for index in range(given)] for given in (ours, theirs)]
    verdicts = c.compare(never, never, *labels, seed=0)
    assert list(verdicts) == list(c.all_keys())
    for verdict in verdicts.values():
        assert verdict.measurement.value is None
        assert words in (verdict.measurement.reason or "")
        assert verdict.interval(0) is None
