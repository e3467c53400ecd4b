import numpy as np
import pytest
import torch

from wavegan_src.dsp.arrays import F32
from wavegan_src.evaluation.measures.two_sample import network
from wavegan_src.evaluation.measures.two_sample.network import network_scores


def spectrograms(count: int, seed: int, beat: bool) -> F32:
    """Noise in 8 bands; with a beat in one of them, every fourth frame."""
    made = np.random.default_rng(seed).standard_normal((count, 8, 40)).astype(np.float32)
    if beat:
        made[:, 3, ::4] += 3
    return made


def test_finds_a_rhythm_and_is_seeded_and_leaves_random_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "EPOCHS", 5)
    ours, theirs = spectrograms(60, 0, True), spectrograms(60, 1, False)
    held_out = np.concatenate([ours[40:], theirs[40:]])
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    scores = network_scores(ours[:40], theirs[:40], held_out, seed=0)
    assert torch.equal(torch.rand(3), expected)
    assert (scores[:20, None] > scores[20:]).mean() > 0.95
    assert np.abs(scores).max() <= 1
    np.testing.assert_array_equal(network_scores(ours[:40], theirs[:40], held_out, seed=0), scores)
    assert not np.array_equal(network_scores(ours[:40], theirs[:40], held_out, seed=1), scores)


def test_short_clips_and_silent_bands_have_scores() -> None:
    short = spectrograms(12, 2, False)[:, :, :12]
    short[:, 0] = -13.8
    assert np.isfinite(network_scores(short[:5], short[5:10], short[10:], seed=0)).all()
