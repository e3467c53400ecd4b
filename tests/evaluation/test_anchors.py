import numpy as np
import pytest

from tests.support.sounds import RATE, engines
from wavegan_src.dsp.clips import rms
from wavegan_src.evaluation import anchors as a
from wavegan_src.evaluation.inputs.screening import count_shared
from wavegan_src.evaluation.result import ANCHORS
from wavegan_src.utils.errors import UserError


def test_makes_all_anchors_in_equal_number_from_training_clips() -> None:
    reference, training = engines(6, seed=1), engines(10, seed=2)
    made = a.make_anchors(reference, RATE, 5, seed=0, training=training)
    assert tuple(made.clips) == ANCHORS
    assert {clips.shape for clips in made.clips.values()} == {(5, 2 * RATE)}
    assert count_shared(made.clips["real"], training) == 5
    assert count_shared(made.clips["nearest_real"], training) == 5
    assert made.reference is reference
    for name in ("phase_randomised", "shaped_noise", "white_noise"):
        assert made.clips[name].dtype == np.float32
        np.testing.assert_allclose(rms(made.clips[name]), rms(made.clips["real"]), rtol=1e-3)


def test_equal_seeds_give_equal_anchors() -> None:
    reference = engines(8, seed=3)
    first, again, other = (a.make_anchors(reference, RATE, 4, seed=seed) for seed in (0, 0, 1))
    for name in ANCHORS:
        np.testing.assert_array_equal(first.clips[name], again.clips[name])
    assert not np.array_equal(first.clips["white_noise"], other.clips["white_noise"])


def test_without_training_clips_the_reference_is_split_by_recording() -> None:
    clips = engines(9, seed=4)
    recordings = np.array(["a", "a", "a", "b", "b", "c", "c", "d", "d"])
    made = a.make_anchors(clips, RATE, 9, seed=0, recordings=list(recordings))
    anchors_of = {recordings[i] for i in range(9) if count_shared(clips[i : i + 1], made.clips["real"])}
    reference_of = {recordings[i] for i in range(9) if count_shared(clips[i : i + 1], made.reference)}
    assert anchors_of | reference_of == set("abcd")
    assert not anchors_of & reference_of
    assert "half" in made.note


def test_a_single_recording_cannot_be_split() -> None:
    with pytest.raises(UserError, match="two recordings"):
        a.make_anchors(engines(3, seed=5), RATE, 3, seed=0, recordings=["a", "a", "a"])


@pytest.mark.parametrize("length", [4096, 4097])
def test_random_phases_keep_each_spectrum_and_lose_the_waveform(length: int) -> None:
    clips = engines(2, seed=6)[:, :length]
    changed = a.randomise_phases(clips, np.random.default_rng(0))
    np.testing.assert_allclose(
        np.abs(np.fft.rfft(changed, axis=1)), np.abs(np.fft.rfft(clips, axis=1)), rtol=1e-3, atol=1e-3
    )
    assert np.abs(np.corrcoef(changed[0], clips[0])[0, 1]) < 0.3


def test_shaped_noise_has_the_average_spectrum() -> None:
    frequencies = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    power = 1 / (1 + (frequencies / 300) ** 4)
    noise = a.shaped_noise(power, 2 * RATE, np.full(40, 0.1), np.random.default_rng(0))
    bands = np.arange(0, 2000).reshape(-1, 200)

    def shares(spectrum: np.ndarray) -> np.ndarray:
        levels = spectrum[bands].sum(axis=1)
        return np.asarray(levels / levels.sum())

    np.testing.assert_allclose(shares(a.mean_power(noise)), shares(power), rtol=0.05)
