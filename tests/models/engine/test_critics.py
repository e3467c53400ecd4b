import pytest
import torch

from wavegan_src.models.engine.critics import VIEWS, EngineCritic, mel_averages

RATE, TIME = 8192, 4096


def test_a_score_per_clip_does_not_depend_on_the_batch() -> None:
    critic, clips = EngineCritic(RATE), 0.1 * torch.randn(5, 1, TIME)
    scores = critic(clips)
    assert scores.shape == (5, 1)
    torch.testing.assert_close(critic(clips[2:3]), scores[2:3])


@pytest.mark.parametrize(("rate", "time"), [(22050, 44100), (44100, 88200), (16000, 8000), (RATE, TIME)])
def test_views_show_a_part_of_half_the_clip(rate: int, time: int) -> None:
    critic, clips = EngineCritic(rate), torch.randn(2, 1, time)
    parts = critic.views(clips, [0.5] * len(VIEWS))
    first = int(0.5 * (time - time // 2))
    for part, alone in zip(parts, critic.views(clips[..., first : first + time // 2]), strict=True):
        assert torch.equal(part, alone)
    assert critic.scores(parts).shape == (len(VIEWS), 2)


def test_bands_of_white_noise_are_level() -> None:
    critic = EngineCritic(22050)
    view = critic.views(torch.randn(8, 1, 44100))[0]
    assert view.mean(2).mean(0).std() < 0.1


def test_mel_averages_of_a_constant_are_that_constant() -> None:
    weights = mel_averages(22050, 512, 64)
    torch.testing.assert_close(torch.ones(257) @ weights, torch.ones(64))
