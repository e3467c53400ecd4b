import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from torch import Tensor

from wavegan_src.models.engine.energy_distance import (
    RHYTHM_BANDS,
    RHYTHM_EDGES,
    Features,
    energy_distance,
    energy_score,
    twins,
)

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


@pytest.mark.parametrize("time", [RATE, 1100])  # and one shorter than the longest lag
def test_it_knows_how_many_numbers_it_gives(time: int) -> None:
    features = Features(RATE, time)
    assert features.numbers == sum(group.shape[1] for group in features(torch.randn(1, 1, time)))


def test_silence_has_finite_features_and_gradients() -> None:
    clips = torch.zeros(3, 1, RATE, requires_grad=True)
    loss = energy_distance(Features(RATE, RATE)(clips), Features(RATE, RATE)(0.1 * torch.randn(3, 1, RATE)))
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert clips.grad is not None
    assert torch.isfinite(clips.grad).all()


def test_draws_of_one_clip_are_not_compared_with_each_other() -> None:
    """Against a loop over pairs."""
    random = torch.Generator().manual_seed(1)
    x, y = torch.randn(5, 3, generator=random), torch.randn(5, 3, generator=random)
    like = twins(5)
    assert like.tolist() == [0, 1, 2, 0, 1]
    others = [float((x[i] - x[j]).norm()) for i in range(5) for j in range(5) if like[i] != like[j]]
    apart = [float((a - b).norm()) for a in x for b in y]
    expected = (2 * np.mean(apart) - np.mean(others)) / (float(y.std(0).mean()) * 3**0.5)
    assert float(energy_distance([x], [y], like)) == pytest.approx(expected, rel=1e-3)


def test_the_energy_score_is_that_of_its_definition() -> None:
    random = torch.Generator().manual_seed(2)
    for count in (2, 5, 8):
        x, y, like = torch.randn(count, 4, generator=random), torch.randn(count, 4, generator=random), twins(count)
        near = np.mean([float((x[i] - y[like[i]]).norm()) for i in range(count)])
        pairs = [(i, j) for i in range(count) for j in range(i) if like[i] == like[j]]
        assert len(pairs) == count // 2
        apart = np.mean([float((x[i] - x[j]).norm()) for i, j in pairs])
        expected = (2 * near - apart) / (float(y.std(0).mean()) * 2)
        assert float(energy_score([x], [y])) == pytest.approx(expected, rel=1e-3)
        assert float(energy_score([x, x], [y, y])) == pytest.approx(2 * expected, rel=1e-3)


def test_draws_that_scatter_as_the_clips_do_score_best() -> None:
    """Clips around a known place; a plain distance to them would prefer draws that scatter less."""
    random, count = torch.Generator().manual_seed(3), 20000
    place = torch.randn(count, 3, generator=random)
    real = place + 0.5 * torch.randn(count, 3, generator=random)
    like = twins(count)

    def score(scatter: float, shift: float = 0.0) -> float:
        noise = torch.randn(count, 3, generator=torch.Generator().manual_seed(4))
        return float(energy_score([place[like] + scatter * noise + shift], [real]))

    best = score(0.5)
    assert best < min(score(0.1), score(0.3), score(0.7), score(1.0), score(0.5, 0.3)) - 1e-3
