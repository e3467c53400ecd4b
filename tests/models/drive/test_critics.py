"""The critic's views and what it makes of conditions."""

import math

import pytest
import torch

from tests.support.driving import RATE, TIME, condition
from wavegan_src.architectures.engine import hop_length
from wavegan_src.data.batch import LOAD, SPEED, SPEED_KNOWN
from wavegan_src.models.drive.critics import ORDERS, PLAIN, DriveCritic, OrderSpectrogram

VIEWS = len(PLAIN) + 1


@pytest.mark.parametrize("order", [2, 4, 9])
@pytest.mark.parametrize("cycle_hz", [11.0, 17.3, 40.0])
def test_an_order_stays_in_its_row_whatever_the_speed(order: int, cycle_hz: float) -> None:
    wave = torch.sin(2 * math.pi * order * cycle_hz * torch.arange(2 * TIME) / RATE)[None]
    view = OrderSpectrogram(hop_length(RATE), RATE)
    found = view(wave, condition(torch.full((1, 2), math.log2(cycle_hz)))).spectrogram
    assert found.shape[:2] == (1, ORDERS)
    assert set(found[0, :, 2:-2].argmax(0).tolist()) == {
        2 * order - 1
    }  # the outer windows also hear the ends' mirror images


def test_an_order_stays_in_its_row_while_the_speed_rises() -> None:
    seconds = torch.arange(4 * TIME) / RATE
    speed = math.log2(12) + seconds / seconds[-1]
    wave = torch.sin(2 * math.pi * 4 * torch.cumsum(torch.exp2(speed), 0) / RATE)[None]
    view = OrderSpectrogram(hop_length(RATE), RATE)
    found = view(wave, condition(speed[None, ::1024])).spectrogram[0, :, 3:-3]
    assert ((found.argmax(0) - 7).abs() <= 1).all()


def test_above_the_spectrum_is_the_floor() -> None:
    view = OrderSpectrogram(hop_length(RATE), RATE)
    found = view(torch.randn(1, TIME), condition(torch.full((1, 2), math.log2(100)))).spectrogram[0]
    above = 2 * RATE // 2 // 100  # rows of half orders
    assert torch.equal(found[above + 1 :], found[-1:].expand_as(found[above + 1 :]))
    assert (found[: above - 2] > found[-1].max() + 1).all()


def test_a_score_per_clip_does_not_depend_on_the_batch() -> None:
    critic, clips = _critic(), 0.1 * torch.randn(5, 1, TIME)
    asked = _conditions(5)
    scores = critic.scores(critic.views(clips, asked))
    assert scores.shape == (VIEWS, 5)
    torch.testing.assert_close(critic.scores(critic.views(clips[2:3], asked[2:3])), scores[:, 2:3])
    torch.testing.assert_close(critic(clips), critic.scores(critic.views(clips, None)).sum(0)[:, None])


def test_the_aligned_view_says_nothing_where_the_speed_is_unknown() -> None:
    critic, clips = _critic(), 0.1 * torch.randn(2, 1, TIME)
    asked = _conditions(2)
    asked[1, SPEED_KNOWN] = 0
    scores = critic.scores(critic.views(clips, asked))
    assert scores[-1, 0] != 0
    assert scores[-1, 1] == 0
    guessed = asked.clone()
    guessed[1, SPEED] += 1
    assert torch.equal(critic.scores(critic.views(clips, guessed))[:, 1], scores[:, 1])


def test_what_is_expected_of_a_condition_is_learnt_from_nothing() -> None:
    clips, asked = 0.1 * torch.randn(2, 1, TIME), _conditions(2)
    critic = DriveCritic(RATE)
    plain = critic.scores(critic.views(clips, asked))[:-1]
    assert torch.equal(plain, critic.scores(critic.views(clips, None))[:-1])
    critic = _critic()
    changed = asked.clone()
    changed[:, LOAD] = 1 - changed[:, LOAD]
    difference = critic.scores(critic.views(clips, changed)) - critic.scores(critic.views(clips, asked))
    assert (difference[[0, -1]] != 0).all()


@pytest.mark.parametrize("start", [0.0, 0.5, 1.0])
def test_views_show_half_of_the_clip_and_of_its_course(start: float) -> None:
    critic, clips = _critic(), torch.randn(2, 1, 2 * TIME)
    speed = 3 + torch.linspace(0, 1, 41).expand(2, -1)
    parts = critic.views(clips, condition(speed), [start] * VIEWS)
    first = int(start * TIME)
    half = condition(3 + 0.5 * start + torch.linspace(0, 0.5, 21).expand(2, -1))
    for part, alone in zip(parts, critic.views(clips[..., first : first + TIME], half), strict=True):
        torch.testing.assert_close(part.spectrogram, alone.spectrogram, atol=1e-3, rtol=0)
        torch.testing.assert_close(part.condition, alone.condition, atol=1e-5, rtol=0)


def _critic() -> DriveCritic:
    """One that expects something."""
    critic = DriveCritic(RATE).requires_grad_(False)
    for network in critic.expected:
        network[-1].weight.normal_()  # type: ignore[index]
    return critic


def _conditions(clips: int) -> torch.Tensor:
    return condition(3 + torch.rand(clips, 41), torch.rand(clips, 41))
