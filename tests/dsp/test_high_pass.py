"""The high-pass: its response, against a plain computation, at edges and in blocks of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.audio import noise, sine
from wavegan_src.dsp.high_pass import HighPass

RATE = 8000


def filtered(samples: NDArray[np.float32], hertz: float = 15, rate: int = RATE) -> NDArray[np.float32]:
    high_pass = HighPass(rate, hertz)
    return np.concatenate([high_pass.push(samples), high_pass.finish()])


@pytest.mark.parametrize(
    ("hertz", "decibels", "within"),
    [
        (3, -27, 1),
        (5, -19, 1),
        (7.5, -12.4, 1),
        (15, -3, 0.3),
        (20, -0.7, 0.3),
        (30, 0, 0.3),
        (60, 0, 0.1),
        (990, 0, 0.01),
    ],
)
def test_response(hertz: float, decibels: float, within: float) -> None:
    before = sine(5, RATE, hertz)
    middle = slice(RATE // 2, -RATE // 2)  # whole periods
    after = filtered(before)[middle]
    before = before[middle]
    assert 20 * np.log10(after.std() / before.std()) == pytest.approx(decibels, abs=within)
    rest = after - before * (after @ before / (before @ before))
    assert rest.std() < 2e-3 * before.std()  # no other frequency, and no shift in phase


def test_an_offset_is_gone_from_the_first_sample_to_the_last() -> None:
    sound = sine(1, RATE, 200)
    np.testing.assert_allclose(filtered(sound + np.float32(0.3)), filtered(sound), atol=2e-6)
    assert np.abs(filtered(np.full(5000, 0.7, np.float32))).max() < 1e-6


def test_it_is_the_sample_less_the_weighted_mean_around_it() -> None:
    rate, sound = 1000, noise(0.5, rate=1000)  # at 1 kHz the means are of single pairs of samples
    half = round(1.3 * rate / 30)
    window = np.hanning(2 * half + 1) / np.hanning(2 * half + 1).sum()
    mirrored = np.pad(sound.astype(np.float64), 2 * half, mode="symmetric")
    edges = (mirrored[:-1] + mirrored[1:]) / 2
    smooth = np.convolve(edges, window, mode="valid")
    expected = sound - ((smooth[:-1] + smooth[1:]) / 2)[half - 1 : half - 1 + len(sound)]
    np.testing.assert_allclose(filtered(sound, 15, rate), expected, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 3000), st.lists(st.integers(0, 900), max_size=6), st.sampled_from([1000, 2000, 8000, 22050]))
def test_blocks_of_any_size_give_the_same(total: int, sizes: list[int], rate: int) -> None:
    sound = noise(1, rate=3000)[:total]
    high_pass = HighPass(rate, 15)
    pieces = np.split(sound, np.unique(np.clip(np.cumsum(sizes), 0, total)))
    found = np.concatenate([*(high_pass.push(piece) for piece in pieces), high_pass.finish()])
    assert len(found) == total
    np.testing.assert_allclose(found, filtered(sound, rate=rate), atol=1e-7)
