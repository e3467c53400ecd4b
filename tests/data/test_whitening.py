"""Spectral whitening and its inverse."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from wavegan_src.data.whitening import MAX_GAIN_DB, POINTS, Whitening, choose_clips, from_power, measure, whiten_batch
from wavegan_src.dsp.clips import to_int16


def coloured(count: int = 20, length: int = 2000) -> torch.Tensor:
    sound = np.random.default_rng(0).normal(0, 1, (count, 1, length))
    filtered = lfilter([1.0], [1.0, -0.95], sound).astype(np.float32)
    return torch.from_numpy(0.5 * filtered / np.abs(filtered).max())


def filter_of(clips: torch.Tensor) -> Whitening:
    return measure(to_int16(clips[:, 0].numpy()), np.arange(len(clips)))


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 900), st.integers(0, 2**32 - 1))
def test_apply_and_invert_are_inverses(length: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    whitening = Whitening((torch.rand(POINTS, generator=generator) * 2 - 1) * 20)
    clips = (torch.rand(3, 1, length, generator=generator) * 2 - 1).double()
    assert whitening.invert(whitening.apply(clips)).shape == clips.shape
    torch.testing.assert_close(whitening.invert(whitening.apply(clips)), clips, rtol=0, atol=1e-4)


def test_inverse_in_single_precision() -> None:
    clips = coloured()
    whitening = filter_of(clips)
    torch.testing.assert_close(whitening.invert(whitening.apply(clips)), clips, rtol=0, atol=1e-5)


def test_whitened_spectrum_is_flat() -> None:
    clips = coloured(100)
    white = filter_of(clips).apply(clips)
    power = torch.fft.rfft(white[:, 0]).abs().square().mean(dim=0)[10:1000].reshape(10, -1).mean(dim=1)
    before = torch.fft.rfft(clips[:, 0]).abs().square().mean(dim=0)[10:1000].reshape(10, -1).mean(dim=1)
    assert before.max() / before.min() > 50
    assert power.max() / power.min() < 1.3


def test_whitened_batch_has_its_level() -> None:
    clips = coloured()
    white = whiten_batch(clips, filter_of(clips))
    torch.testing.assert_close(white.abs().amax(dim=-1), torch.full((20, 1), 0.95))
    assert not whiten_batch(torch.zeros(1, 1, 100), filter_of(clips)).any()


def test_inverse_is_scaled_down_only_beyond_full_scale() -> None:
    whitening = Whitening(torch.full((POINTS,), 20.0))
    quiet = torch.full((1, 1, 100), 0.05)
    torch.testing.assert_close(whitening.invert(quiet), quiet * 10)
    assert whitening.invert(quiet * 10).abs().max() == pytest.approx(1.0)


def test_round_trip_through_a_checkpoint() -> None:
    whitening = filter_of(coloured())
    tensor = whitening.to_tensor()
    assert tensor.dtype == torch.float32
    assert torch.equal(Whitening.from_tensor(tensor).response_db, whitening.response_db)
    with pytest.raises(ValueError, match="128"):
        Whitening.from_tensor(torch.zeros(3))


@pytest.mark.parametrize("length", [2, 64, 1001])
def test_extreme_spectra_stay_within_bounds(length: int) -> None:
    for power in (np.zeros(length), np.eye(1, length)[0] * 1e12):
        response = from_power(power).response_db
        assert torch.isfinite(response).all()
        assert response.abs().max() <= MAX_GAIN_DB


def test_choice_of_clips() -> None:
    few = np.array([3, 1, 2])
    assert choose_clips(few, 0).tolist() == [1, 2, 3]
    many = np.arange(5000)
    chosen = choose_clips(many, 0)
    assert len(set(chosen.tolist())) == 2000
    assert chosen.tolist() == choose_clips(many, 0).tolist()
    assert chosen.tolist() != choose_clips(many, 1).tolist()
