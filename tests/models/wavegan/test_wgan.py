"""The two kinds of step. The golden trace is remade by `python -m tests.test_wgan` when results change on purpose."""

import copy
import json
from typing import Any

import pytest
import torch

from tests.support.paths import FIXTURES
from tests.support.runs import same
from tests.support.wgan import CPU, GOLDEN_CONFIG, advance, real_batch
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.wavegan.fast.compiled_kernels import SWITCH
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.models.wavegan.gradients import AutogradGradients
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.utils.processes.group import ALONE

GOLDEN = FIXTURES / "golden" / "loss_trace.json"


def trace(steps: int = 12) -> list[dict[str, float]]:
    """Figures of the first steps of a small fixed run."""
    wgan = WGAN(validate(GOLDEN_CONFIG, "golden"), CPU)
    rows = []
    for step in range(steps):
        batch = Batch(real_batch(step))
        row = {name: value.item() for name, value in wgan.step_critic(batch)._asdict().items()}
        if wgan.generator_due():
            row |= {name: value.item() for name, value in wgan.step_generator(batch)._asdict().items()}
        rows.append(row)
    return rows


@pytest.mark.parametrize("kernels", ["torch", "auto"])
def test_losses_follow_the_golden_trace(monkeypatch: pytest.MonkeyPatch, kernels: str) -> None:
    monkeypatch.setenv(SWITCH, kernels)
    golden = json.loads(GOLDEN.read_text())
    for step, (row, expected) in enumerate(zip(trace(), golden, strict=True)):
        assert row == pytest.approx(expected, rel=2e-3, abs=1e-5), f"step {step}"


def test_same_seed_same_bytes_whatever_was_drawn_before() -> None:
    first = trace(4)
    torch.rand(17)
    assert trace(4) == first


@pytest.fixture
def wgan(tiny_config: Config) -> WGAN:
    return WGAN(tiny_config, CPU)


def test_each_step_has_random_numbers_of_its_own(wgan: WGAN) -> None:
    first, second = wgan.draw_critic_step(0, ALONE.share(64)), wgan.draw_critic_step(1, ALONE.share(64))
    assert not torch.equal(first.latents, second.latents)
    assert not torch.equal(first.epsilon, second.epsilon)
    shifts = (first.real_shifts, first.fake_shifts, first.penalty_shifts, second.real_shifts)
    assert all(value is not None for value in shifts)
    assert len({str(value) for value in shifts}) == 4


def test_critic_step_is_the_textbook_one(wgan: WGAN, tiny_config: Config) -> None:
    """Loss and Adam's first step written out by hand."""
    reference = copy.deepcopy(wgan.critic)
    draws = wgan.draw_critic_step(0, ALONE.share(4))
    real = real_batch(0)
    fake = wgan.generator(draws.latents).detach()
    x = (draws.epsilon * real + (1 - draws.epsilon) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(reference(x, draws.penalty_shifts).sum(), x, create_graph=True)
    penalty = ((slope.square().sum((1, 2)).sqrt() - 1) ** 2).mean()
    loss = reference(fake, draws.fake_shifts).mean() - reference(real, draws.real_shifts).mean() + 10 * penalty
    gradients = torch.autograd.grad(loss, list(reference.parameters()))
    stats = wgan.step_critic(Batch(real))
    assert stats.critic_loss.item() == pytest.approx(loss.item(), rel=1e-5)
    norm = torch.cat([g.flatten() for g in gradients]).norm().item()
    assert stats.critic_grad_norm.item() == pytest.approx(norm, rel=1e-4)
    for before, gradient, after in zip(reference.parameters(), gradients, wgan.critic.parameters(), strict=True):
        moved = gradient.abs() > 1e-4  # Adam's first step is the learning rate in the gradient's direction
        step = (after - before)[moved]
        torch.testing.assert_close(step, -1e-4 * gradient[moved].sign(), rtol=0.01, atol=1e-7)


@pytest.mark.parametrize("backend", ["auto", "autograd"])
def test_strength_0_is_off_to_the_last_byte(tiny_values: dict[str, Any], backend: str) -> None:
    found = []
    for augmentation in ({}, {"augmentation": "fixed", "augmentation_strength": 0.0}, {"augmentation": "fixed"}):
        wgan = WGAN(validate({**tiny_values, "training": {"backend": backend} | augmentation}, "test"), CPU)
        advance(wgan, 5)
        found.append(wgan.state_dict())
    assert same(found[0], found[1])
    assert not same(found[0]["discriminator"], found[2]["discriminator"])


def test_real_and_generated_clips_are_transformed_by_draws_of_their_own_and_by_step(
    tiny_values: dict[str, Any],
) -> None:
    tiny_values["training"] |= {"augmentation": "fixed", "augmentation_strength": 0.8}
    wgan = WGAN(validate(tiny_values, "test"), CPU)
    first, again, second = (wgan.draw_critic_step(step, ALONE.share(16)) for step in (0, 0, 1))
    assert same(vars(first.real_augmentation), vars(again.real_augmentation))
    four = (first.real_augmentation, first.fake_augmentation, second.real_augmentation, second.fake_augmentation)
    assert len({str(each.shift) for each in four if each is not None}) == 4


@pytest.mark.parametrize("backend", ["auto", "autograd"])
def test_micro_batches_are_transformed_as_the_whole_batch(tiny_values: dict[str, Any], backend: str) -> None:
    found = []
    for size in (None, 3):
        tiny_values["training"] |= {"augmentation": "fixed", "backend": backend, "micro_batch_size": size}
        wgan = WGAN(validate(tiny_values, "test"), CPU)
        batch = Batch(real_batch(0, 8))
        figures = [*wgan.step_generator(batch), *wgan.step_critic(batch)]
        found.append(torch.stack(figures))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("training", "backend", "auto", ManualGradients),
        ("training", "micro_batch_size", 2, ManualGradients),
        ("training", "backend", "autograd", AutogradGradients),
        ("training", "precision", "bfloat16", AutogradGradients),
        ("model", "spectral_norm", True, AutogradGradients),
    ],
)
def test_fast_path_is_taken_where_it_applies(
    tiny_values: dict[str, Any], section: str, key: str, value: object, expected: type
) -> None:
    tiny_values[section][key] = value
    wgan = WGAN(validate(tiny_values, "test"), CPU)
    assert type(wgan.gradients) is expected
    wgan.step_critic(Batch(real_batch(0)))
    assert all(p.grad is not None and p.grad.any() for p in wgan.critic.parameters() if p.dim() > 1)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(trace(), indent=1) + "\n")
