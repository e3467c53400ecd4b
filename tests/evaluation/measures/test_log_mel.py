import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.evaluation.measures.log_mel import (
    describe_clips,
    frechet_distance,
    log_mel_spectrogram,
    mean_pairwise_distance,
    mel_filterbank,
)


@pytest.mark.parametrize("frequency", [200.0, 1000.0, 5000.0])
def test_a_full_scale_sine_reads_about_0_db_in_the_band_of_its_mel(frequency: float) -> None:
    rate = 22050
    sine = torch.sin(2 * torch.pi * frequency * torch.arange(rate) / rate)[None]
    levels = log_mel_spectrogram(sine, rate)[0, :, 20:-20].mean(1)

    def mel(f: float) -> float:
        return 2595 * math.log10(1 + f / 700)

    expected = (mel(frequency) - mel(20)) / (mel(rate / 2) - mel(20)) * 65 - 1
    assert abs(int(levels.argmax()) - expected) <= 1
    assert levels.max().item() == pytest.approx(0, abs=4)


def test_level_is_in_decibels_down_to_the_floor() -> None:
    noise = torch.randn(1, 8192).clamp(-1, 1)
    loud, soft = (log_mel_spectrogram(noise * gain, 8192) for gain in (1.0, 0.1))
    torch.testing.assert_close(loud - soft, torch.full_like(loud, 20.0), atol=1e-3, rtol=0)
    silence = log_mel_spectrogram(torch.zeros(1, 8192), 8192)
    assert (silence.min().item(), silence.max().item()) == pytest.approx((-80.0, -80.0))


@pytest.mark.parametrize(("rate", "size"), [(22050, 1024), (8000, 371), (96000, 4454), (1000, 64)])
def test_every_filter_passes_something_and_none_more_than_one(rate: int, size: int) -> None:
    filters = mel_filterbank(rate, size)
    assert filters.shape == (64, size // 2 + 1)
    assert (filters.sum(1) > 0).all()
    assert filters.max() <= 1


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), dimensions=st.integers(1, 6))
def test_equals_scipys_matrix_root(seed: int, dimensions: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(40, dimensions)), random.normal(1, 2, size=(50, dimensions))
    cov_x, cov_y = np.atleast_2d(np.cov(x.T)), np.atleast_2d(np.cov(y.T))
    root = scipy.linalg.sqrtm(cov_x @ cov_y).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(cov_x + cov_y - 2 * root)
    assert frechet_distance(torch.tensor(x), torch.tensor(y)) == pytest.approx(expected, rel=1e-6)


def test_one_dimension_has_a_closed_form() -> None:
    x, y = torch.tensor([[0.0], [2.0]]).double(), torch.tensor([[5.0], [11.0]]).double()
    # means 1 and 8, standard deviations sqrt 2 and sqrt 18
    assert frechet_distance(x, y) == pytest.approx(49 + (18**0.5 - 2**0.5) ** 2)


def test_symmetric_zero_on_itself_and_stable_when_singular() -> None:
    x, y = torch.randn(5, 30).double(), torch.randn(5, 30).double()  # fewer clips than dimensions
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-4)
    same = torch.ones(3, 30).double()
    assert frechet_distance(same, same) == 0


def test_one_clip_is_not_a_distribution() -> None:
    with pytest.raises(ValueError, match="at least two"):
        frechet_distance(torch.zeros(1, 3), torch.zeros(4, 3))


def test_descriptions_are_per_clip_means_and_deviations() -> None:
    clips = torch.randn(5, 4096) * 0.1
    rows = describe_clips(clips, 8192, batch=2)
    levels = log_mel_spectrogram(clips[3:4], 8192)[0].numpy()
    np.testing.assert_allclose(rows[3].numpy(), np.r_[levels.mean(1), levels.std(1)], rtol=1e-4)


def test_ranks_pulses_nearer_to_pulses_than_noise() -> None:
    time = torch.arange(4096) / 8192

    def pulses(offset: float) -> torch.Tensor:
        rates = torch.linspace(25, 60, 24)[:, None] + offset
        return torch.exp(-8 * ((time * rates) % 1)) * torch.sin(2 * torch.pi * 300 * time)

    reference, near = (describe_clips(pulses(offset), 8192) for offset in (0.0, 0.7))
    noise = describe_clips(torch.randn(24, 4096) * 0.2, 8192)
    assert frechet_distance(reference, near) < 0.05 * frechet_distance(reference, noise)


def test_mean_pairwise_distance_is_the_mean_over_all_pairs() -> None:
    points = torch.randn(7, 5, dtype=torch.float64)
    pairs = [np.linalg.norm(points[i] - points[j]) for i in range(7) for j in range(i)]
    assert mean_pairwise_distance(points) == pytest.approx(np.mean(pairs))
    assert mean_pairwise_distance(points[:1]) is None
    two_kinds = points[:2].repeat(500, 1)
    whole = mean_pairwise_distance(points[:2])
    assert whole is not None
    assert mean_pairwise_distance(two_kinds) == pytest.approx(whole / 2, rel=0.01)  # (1 - 1/k) for k = 2
