"""The bandwidth of files that were made from a lower rate, and of others."""

import numpy as np
import pytest
import soxr

from tests.support.audio import noise
from wavegan_src.dsp.bandwidth import SEGMENT, Bandwidth
from wavegan_src.dsp.clips import F32

RATE = 22050


def measured(samples: F32) -> float | None:
    bandwidth = Bandwidth(RATE)
    for start in range(0, len(samples), SEGMENT):
        bandwidth.add(samples[start:])
    return bandwidth.hertz()


def rounded(samples: F32, seed: int = 5) -> F32:
    """Brought to 16 bits with triangular dither."""
    dither = np.random.default_rng(seed).random((2, len(samples))).sum(axis=0) - 1
    return np.asarray(np.rint(samples * 32768 + dither) / 32768, np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 16000])
def test_made_from_a_lower_rate(rate: int) -> None:
    sound = soxr.resample(noise(2, 1, rate), rate, RATE).astype(np.float32)
    for samples in (sound, rounded(sound), np.rint(sound * 32768) / np.float32(32768)):
        assert measured(samples) == pytest.approx(rate / 2, rel=0.05)


@pytest.mark.parametrize("level", [0.3, 0.003])
def test_whole_band(level: float) -> None:
    assert measured(rounded(noise(2, 1, RATE, level))) == pytest.approx(RATE / 2, rel=0.02)


def test_nothing() -> None:
    assert measured(np.zeros(9000, np.float32)) is None
    assert measured(noise(0.1, 1, RATE)) is None
