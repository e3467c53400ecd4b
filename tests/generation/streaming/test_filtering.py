"""Convolution in blocks against NumPy's."""

import numpy as np
import pytest

from wavegan_src.generation.streaming.filtering import Convolver


@pytest.mark.parametrize(("taps", "block"), [(64, 16), (50, 16), (10, 16)])
def test_blocks_are_the_whole_convolution(taps: int, block: int) -> None:
    random = np.random.default_rng(0)
    response, wave = random.normal(size=taps).astype(np.float32), random.normal(size=20 * block).astype(np.float32)
    convolve = Convolver(response, block)
    found = np.concatenate([convolve(part) for part in wave.reshape(-1, block)])
    assert found.dtype == np.float32
    assert np.abs(found - np.convolve(wave, response)[: len(wave)]).max() < 1e-5
