import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from torch import Tensor

from wavegan_src.models.engine.energy_distance import RHYTHM_BANDS, RHYTHM_EDGES, Features, energy_distance

RATE = 8192


def test_distance_equals_scipys() -> None:
    x, y = torch.randn(6, 40), 2 + torch.randn(9, 40)
    ours, theirs = x.double().numpy(), y.double().numpy()
    among = cdist(ours, ours)
    expected = 2 * cdist(ours, theirs).mean() - among[~np.eye(6, dtype=bool)].mean()
    expected /= theirs.std(0, ddof=1).mean() * 40**0.5
    assert float(energy_distance([x], [y])) == pytest.approx(expected, rel=1e-4)


def test_nothing_is_nearer_than_the_same_distribution() -> None:
    real = torch.randn(200, 10)

    def of(clips: Tensor) -> float:
        return float(energy_distance([clips], [real]))

    same = of(torch.randn(200, 10))
    assert same < of(0.5 + torch.randn(200, 10))
    assert same < of(0.5 * torch.randn(200, 10))
    assert same < of(2.0 * torch.randn(200, 10))
    assert same < of(torch.randn(1, 10).expand(200, 10))  # one sound alone: a collapse


def test_its_gradient_drives_equal_clips_apart() -> None:
    x = torch.zeros(2, 3)
    x[0, 0] = 0.1
    x.requires_grad_()
    # Real clips lie evenly on both sides, so that only the distance between the generated ones pulls.
    energy_distance([x], [torch.tensor([[5.0, 0, 0], [-5.0, 0, 0], [0.1, 1, 0], [0, -1, 0]])]).backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert x.grad[0, 0] < 0 < x.grad[1, 0]  # a step against the gradient moves them apart


def test_equal_real_clips_are_taken_to_differ_by_a_thousandth() -> None:
    x, y = torch.zeros(4, 10), torch.ones(4, 10)
    assert float(energy_distance([x], [y])) == pytest.approx(2 * 10**0.5 / (0.001 * 10**0.5), rel=0.01)


def test_a_clip_at_twice_the_level_differs_in_tone_alone() -> None:
    features = Features(RATE, RATE)
    clips = 0.1 * torch.randn(3, 1, RATE)
    before, after = features(clips), features(2 * clips)
    torch.testing.assert_close(after[0] - before[0], torch.full_like(before[0], 2 * np.log(2)), atol=0.01, rtol=0)
    torch.testing.assert_close(after[1], before[1], atol=0.02, rtol=0)
    torch.testing.assert_close(after[2], before[2], atol=1e-4, rtol=0)


def test_modulated_noise_stands_out_at_its_rate() -> None:
    time = torch.arange(4 * RATE) / RATE
    noise = 0.1 * torch.randn(8, 1, 4 * RATE)
    pulsing = noise * (1 + 0.9 * torch.cos(2 * torch.pi * 30 * time))
    features = Features(RATE, 4 * RATE)
    change = (features(pulsing)[1] - features(noise)[1]).mean(0).view(RHYTHM_BANDS, -1).mean(0)
    at = int(np.digitize(30, RHYTHM_EDGES)) - 1
    assert int(change.argmax()) == at
    assert change[at] > 2


def test_periods_are_the_autocorrelation_of_the_band() -> None:
    clip, features = torch.randn(1, 1, RATE, dtype=torch.float64), Features(RATE, RATE).double()
    spectrum = torch.fft.rfft(clip[0, 0], features.padded) * features.gains.sqrt()
    band = torch.fft.irfft(spectrum, features.padded).numpy()
    direct = np.array([np.dot(np.roll(band, -lag), band) for lag in range(3, round(0.15 * RATE), 3)])
    np.testing.assert_allclose(features(clip)[2][0].numpy(), direct / np.dot(band, band), atol=1e-6)


def test_silence_has_finite_features_and_gradients() -> None:
    clips = torch.zeros(3, 1, RATE, requires_grad=True)
    loss = energy_distance(Features(RATE, RATE)(clips), Features(RATE, RATE)(0.1 * torch.randn(3, 1, RATE)))
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert clips.grad is not None
    assert torch.isfinite(clips.grad).all()
