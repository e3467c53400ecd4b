"""Each transformation against a naive version, the adjoint by inner products, and both steps against a textbook."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.textbook import TextbookCritic, TextbookGenerator, TextbookWGAN
from tests.support.gradients import (
    assert_gradients_equal,
    augmentation,
    clips,
    critic_draws,
    gradients,
    latents,
    networks,
    shifts,
)
from wavegan_src.config_schema import TrainingConfig
from wavegan_src.models.augmentation import (
    LONGEST_MASK,
    LOWEST_GAIN_DB,
    LOWEST_RESPONSE_DB,
    MASK_EDGE,
    NODES,
    Augmentation,
    augment,
    augment_adjoint,
    draw_augmentation,
    roll,
    roll_by_reading,
)
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.models.wavegan.gradients import AutogradGradients, Gradients

LENGTHS = (64, 301, 4096)


def nothing(batch: int = 1) -> Augmentation:
    return Augmentation(
        gain=torch.ones(batch),
        shift=torch.zeros(batch, dtype=torch.int64),
        response_db=torch.zeros(batch, NODES),
        mask_start=torch.zeros(batch),
        mask_length=torch.zeros(batch),
    )


def with_only(**values: Tensor) -> Augmentation:
    return Augmentation(**{**vars(nothing()), **values})


def matrix(one: Augmentation, length: int) -> Tensor:
    """What one clip's transformation does to every unit vector, as columns."""
    copies = Augmentation(*(value.expand(length, *value.shape[1:]) for value in vars(one).values()))
    return augment(torch.eye(length, dtype=torch.float64)[:, None], copies)[:, 0].T


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(LENGTHS), st.integers(1, 5), st.floats(0, 1), st.integers(0, 2**31))
def test_adjoint_by_inner_products(length: int, batch: int, strength: float, seed: int) -> None:
    drawn = draw_augmentation(batch, length, strength, random(seed))
    x, y = (torch.randn(batch, 1, length, generator=random(seed + k), dtype=torch.float64) for k in (1, 2))
    forwards = (augment(x, drawn) * y).sum((1, 2))
    backwards = (x * augment_adjoint(y, drawn)).sum((1, 2))
    torch.testing.assert_close(forwards, backwards, rtol=1e-10, atol=1e-9)


def test_adjoint_is_what_automatic_differentiation_finds_and_the_transposed_matrix() -> None:
    drawn = draw_augmentation(1, 64, 1, random())
    x = torch.randn(1, 1, 64, dtype=torch.float64, requires_grad=True)
    y = torch.randn(1, 1, 64, dtype=torch.float64)
    (found,) = torch.autograd.grad((augment(x, drawn) * y).sum(), x)
    torch.testing.assert_close(augment_adjoint(y, drawn), found)
    torch.testing.assert_close(found[0, 0], matrix(drawn, 64).T @ y[0, 0])


@pytest.mark.parametrize("length", LENGTHS)
def test_strength_0_changes_nothing_but_rounding(length: int) -> None:
    x = clips(4, length)
    torch.testing.assert_close(augment(x, draw_augmentation(4, length, 0, random())), x, rtol=0, atol=1e-14)
    assert augment(x, None) is x
    assert augment_adjoint(x, None) is x


def test_gain_and_polarity_are_a_factor() -> None:
    x = clips(1, 300)
    torch.testing.assert_close(augment(x, with_only(gain=torch.tensor([-0.5]))), -0.5 * x)


def test_shift_goes_round() -> None:
    x = clips(1, 301)
    for shift in (1, 150, 300):
        torch.testing.assert_close(augment(x, with_only(shift=torch.tensor([shift]))), x.roll(shift, 2))


def test_shift_on_a_gpu_is_that_on_a_cpu() -> None:
    x, drawn = clips(3, 11), torch.tensor([0, 3, -4])
    assert torch.equal(roll_by_reading(x, drawn), roll(x, drawn))


def test_no_value_is_read_off_the_device() -> None:
    """A device that has shapes and no memory has nothing to read."""
    with torch.device("meta"):
        drawn = Augmentation(*(torch.empty(value.shape, dtype=value.dtype) for value in vars(nothing(3)).values()))
        assert augment(torch.empty(3, 1, 64), drawn).shape == (3, 1, 64)
        assert augment_adjoint(torch.empty(3, 1, 64), drawn).shape == (3, 1, 64)


@pytest.mark.parametrize("node", range(NODES))
def test_filter_has_each_nodes_level_at_its_frequency_and_turns_no_phase(node: int) -> None:
    length, cycles = 8192, 4096 // 4 ** (NODES - 1 - node)  # two octaves below one another, from half the rate down
    level = -6 * torch.rand(1, NODES, generator=random(node))
    tone = torch.cos(2 * torch.pi * cycles * torch.arange(length, dtype=torch.float64) / length)[None, None]
    found = augment(tone, with_only(response_db=level))
    torch.testing.assert_close(found, tone * 10 ** (float(level[0, node]) / 20), rtol=1e-6, atol=1e-6)


def test_filter_is_smooth_between_its_nodes_and_below_them() -> None:
    level = torch.tensor([[-6.0, 0.0, -6.0, 0.0, -6.0]])
    click = torch.zeros(1, 1, 8192, dtype=torch.float64)
    click[0, 0, 0] = 1
    response = torch.fft.rfft(augment(click, with_only(response_db=level)))[0, 0].abs()
    db = 20 * response.log10()
    assert torch.allclose(db[:17], torch.tensor(-6.0, dtype=torch.float64), atol=1e-5)  # the lowest node is at 16
    assert db.min() >= -6 - 1e-5
    assert db.max() <= 1e-5
    assert db[32].item() == pytest.approx(-3, abs=1e-5)  # half-way between two nodes, in octaves


def test_mask_is_silent_inside_and_leaves_the_rest() -> None:
    x = torch.ones(1, 1, 1000, dtype=torch.float64)
    found = augment(x, with_only(mask_start=torch.tensor([200.0]), mask_length=torch.tensor([100.0])))[0, 0]
    edge = int(MASK_EDGE * 1000)
    assert found[200:301].abs().max() < 1e-12
    torch.testing.assert_close(found[: 200 - edge], x[0, 0, : 200 - edge])
    torch.testing.assert_close(found[301 + edge :], x[0, 0, 301 + edge :])
    assert bool((found[200 - edge : 201].diff() <= 1e-12).all())


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(0, 1))
def test_no_clip_gains_energy(seed: int, strength: float) -> None:
    x = torch.randn(8, 1, 512, generator=random(seed), dtype=torch.float64)
    after = augment(x, draw_augmentation(8, 512, strength, random(seed + 1)))
    assert bool((after.norm(dim=2) <= x.norm(dim=2) * (1 + 1e-6)).all())


def test_amounts_stay_in_their_ranges_and_each_is_used_as_often_as_the_strength_says() -> None:
    count, length, strength = 20000, 44100, 0.3
    drawn = draw_augmentation(count, length, strength, random())
    sigma = math.sqrt(strength * (1 - strength) / count)
    for used in (
        drawn.gain.abs() != 1,
        drawn.shift != 0,
        drawn.response_db.any(1),
        drawn.mask_length != 0,
    ):
        assert used.double().mean().item() == pytest.approx(strength, abs=5 * sigma)
    assert (drawn.gain < 0).double().mean().item() == pytest.approx(strength / 2, abs=5 * sigma)
    assert bool((drawn.gain.abs() >= 10 ** (LOWEST_GAIN_DB / 20)).all())
    assert bool((drawn.gain.abs() <= 1).all())
    assert drawn.shift.min() >= 0
    assert drawn.shift.max() < length
    assert bool(((drawn.response_db <= 0) & (drawn.response_db >= LOWEST_RESPONSE_DB)).all())
    assert bool((drawn.mask_length <= LONGEST_MASK * length).all())
    assert bool((drawn.mask_start + drawn.mask_length <= length).all())


def test_strength_decides_where_the_same_amounts_are_used() -> None:
    weak, strong = (draw_augmentation(500, 4096, strength, random()) for strength in (0.2, 0.6))
    used = weak.shift != 0
    assert used.any()
    assert torch.equal(weak.shift[used], strong.shift[used])
    assert (strong.shift != 0).sum() > used.sum()


def test_a_part_is_that_of_its_clips() -> None:
    drawn = draw_augmentation(5, 512, 0.7, random())
    x = clips(5, 512)
    torch.testing.assert_close(augment(x[1:3], drawn.part(slice(1, 3))), augment(x, drawn)[1:3])


def test_float32_is_near_float64() -> None:
    drawn = draw_augmentation(6, 44100, 0.8, random())
    x = clips(6, 44100)
    torch.testing.assert_close(augment(x.float(), drawn).double(), augment(x, drawn), rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", [AutogradGradients, ManualGradients])
@pytest.mark.parametrize("micro_batch_size", [None, 2])
def test_both_steps_are_the_textbooks(kind: type[Gradients], micro_batch_size: int | None) -> None:
    """The transformation as a matrix for each clip, in a plain step that knows nothing of it."""
    length, batch = 301, 3
    generator, critic = networks(length, model_dim=2)
    textbook = TextbookWGAN(TextbookGenerator(3, 2, length).double(), TextbookCritic(2, length).double())
    textbook.generator.load_state_dict(generator.state_dict())
    textbook.critic.load_state_dict(critic.state_dict())
    ours = kind(generator, critic, TrainingConfig(micro_batch_size=micro_batch_size))  # type: ignore[call-arg]
    real, draws = clips(batch, length), critic_draws(batch, largest_shift=1, augmented_length=length)
    assert draws.real_augmentation is not None
    assert draws.fake_augmentation is not None

    plain = textbook.generator
    seen = transformed(real, draws.real_augmentation)
    textbook.generator = _Transformed(plain, draws.fake_augmentation)  # type: ignore[assignment]
    triple = [each for each in (draws.real_shifts, draws.fake_shifts, draws.penalty_shifts) if each is not None]
    loss = textbook.critic_gradients(seen, draws.latents, draws.epsilon, triple)
    torch.testing.assert_close(ours.critic(real, draws).critic_loss, loss, rtol=1e-9, atol=1e-9)
    assert_gradients_equal(gradients(critic), gradients(textbook.critic), 1e-8)

    z, drawn, own = latents(batch), shifts(batch, 1), augmentation(batch, length)
    assert drawn is not None
    textbook.generator = _Transformed(plain, own)  # type: ignore[assignment]
    loss = textbook.generator_gradients(z, drawn)
    torch.testing.assert_close(ours.generator(z, drawn, own), loss, rtol=1e-9, atol=1e-9)
    assert_gradients_equal(gradients(generator), gradients(plain), 1e-8)


@pytest.mark.parametrize("length", [64, 5000])
def test_both_implementations_agree(length: int) -> None:
    generator, critic = networks(length)
    draws, real = critic_draws(4, largest_shift=1, augmented_length=length), clips(4, length)
    z, own = latents(4), augmentation(4, length)
    found = []
    for kind in (AutogradGradients, ManualGradients):
        implementation = kind(generator, critic, TrainingConfig())
        figures = [*implementation.critic(real, draws)]
        of_critic = gradients(critic)
        figures.append(implementation.generator(z, None, own))
        found.append((torch.stack(figures), of_critic, gradients(generator)))
    (slow, slow_critic, slow_generator), (fast, fast_critic, fast_generator) = found
    torch.testing.assert_close(fast, slow, rtol=1e-10, atol=1e-12)
    assert_gradients_equal(fast_critic, slow_critic)
    assert_gradients_equal(fast_generator, slow_generator)


def transformed(x: Tensor, drawn: Augmentation) -> Tensor:
    """`(batch, 1, time)` by a matrix product per clip."""
    each = (matrix(drawn.part(slice(index, index + 1)), x.shape[2]) for index in range(len(x)))
    return torch.stack([(clip @ one.T) for clip, one in zip(x, each, strict=True)])


class _Transformed(torch.nn.Module):
    """A generator whose clips come transformed."""

    def __init__(self, generator: torch.nn.Module, drawn: Augmentation):
        super().__init__()
        self.generator = generator
        self.drawn = drawn

    def forward(self, z: Tensor) -> Tensor:
        return transformed(self.generator(z), self.drawn)
