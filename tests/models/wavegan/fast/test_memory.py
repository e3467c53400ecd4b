"""Weights and moments in another order of memory: nobody outside the fast path may notice."""

import copy
import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support.gradients import networks
from tests.support.runs import same
from tests.support.wgan import CPU, GOLDEN_CONFIG, real_batch
from wavegan_src.config_loader import validate
from wavegan_src.data.batch import Batch
from wavegan_src.models.wavegan.fast.critic import CriticPasses
from wavegan_src.models.wavegan.fast.generator import GeneratorPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, GradientMemory, in_memory_order, match_layout, pack
from wavegan_src.models.wavegan.wgan import WGAN


def new_wgan(backend: str) -> WGAN:
    return WGAN(validate({**GOLDEN_CONFIG, "training": {"seed": 11, "n_critic": 2, "backend": backend}}, "test"), CPU)


def advance(wgan: WGAN, steps: int) -> list[float]:
    """Train; the critic's losses."""
    losses = []
    for _ in range(steps):
        batch = Batch(real_batch(wgan.iteration))
        losses.append(wgan.step_critic(batch).critic_loss.item())
        if wgan.generator_due():
            wgan.step_generator(batch)
    return losses


def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded: dict[str, Any] = torch.load(file, weights_only=True)
    return loaded


def plainly(value: Any) -> Any:
    """A state with every tensor in PyTorch's own layout, as versions before this one wrote them."""
    if isinstance(value, Tensor):
        return value.contiguous()
    if isinstance(value, dict):
        return {key: plainly(each) for key, each in value.items()}
    return [plainly(each) for each in value] if isinstance(value, list) else value


def resumed(state: dict[str, Any], backend: str) -> WGAN:
    wgan = new_wgan(backend)
    wgan.load_state_dict(state)
    return wgan


def test_values_and_shapes_stay() -> None:
    for network in networks(4096, model_dim=2):
        before = copy.deepcopy(network.state_dict())
        x = torch.randn(2, 1, 4096) if hasattr(network, "downsample") else torch.randn(2, 3)
        wanted = network(x.double())
        pack(network)
        assert same(before, network.state_dict())
        torch.testing.assert_close(network(x.double()), wanted, rtol=1e-12, atol=1e-12)


def test_channels_lie_beside_one_another() -> None:
    critic = networks(4096, model_dim=2)[1]
    pack(critic)
    for layer in critic.downsample:
        assert isinstance(layer, nn.Conv1d)
        assert layer.weight.transpose(1, 2).is_contiguous()


def test_averaged_generator_lies_like_the_trained_one() -> None:
    """Averaging is one pass over memory where both agree."""
    wgan = new_wgan("auto")
    for averaged, trained in zip(wgan.ema_generator.parameters(), wgan.generator.parameters(), strict=True):
        assert averaged.stride() == trained.stride()


def test_networks_not_laid_out_are_refused() -> None:
    generator, critic = networks(64)
    buffers = Buffers(critic.dense.weight.detach())
    with torch.no_grad(), pytest.raises(ValueError, match="pack was not called"):
        CriticPasses(critic, buffers).forward([torch.zeros(1, 64).double()], [[0]] * 5)
    with torch.no_grad(), pytest.raises(ValueError, match="pack was not called"):
        GeneratorPasses(generator, buffers).forward(torch.zeros(1, 3).double())


def test_gradients_are_zero_when_lent_and_take_turns() -> None:
    pair = networks(64)
    for network in pair:
        pack(network)
    memory = GradientMemory(*pair)
    for borrower, other in (pair, pair[::-1], pair):
        memory.bind_gradients(borrower)
        assert all(parameter.grad is None for parameter in other.parameters())
        for number, parameter in enumerate(borrower.parameters()):
            assert parameter.grad is not None
            assert parameter.grad.stride() == parameter.stride()
            assert not parameter.grad.any()
            parameter.grad.fill_(number + 1)
        lent = [parameter.grad for parameter in borrower.parameters()]
        assert all(grad is not None and bool((grad == n + 1).all()) for n, grad in enumerate(lent))  # none overlap


@pytest.mark.parametrize("layout", [through_a_file, plainly])
def test_resumed_training_is_bit_for_bit_the_uninterrupted_one(layout: Any) -> None:
    straight = new_wgan("auto")
    advance(straight, 3)
    again = resumed(layout(copy.deepcopy(straight.state_dict())), "auto")
    assert advance(again, 5) == advance(straight, 5)
    assert same(again.state_dict(), straight.state_dict())


@pytest.mark.parametrize(("writer", "reader"), [("autograd", "auto"), ("auto", "autograd")])
def test_checkpoints_are_the_same_for_both_backends(writer: str, reader: str) -> None:
    straight = new_wgan(writer)
    advance(straight, 3)
    other = resumed(through_a_file(straight.state_dict()), reader)
    assert same(other.state_dict(), straight.state_dict())
    assert advance(other, 5) == pytest.approx(advance(straight, 5), rel=1e-4)
    for ours, theirs in zip(other.critic.parameters(), straight.critic.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-5)  # of 5 steps of 1e-4


@pytest.mark.parametrize("backend", ["autograd", "auto"])
@pytest.mark.parametrize("layout", ["auto", "autograd"])
def test_moments_lie_like_their_parameters_after_loading(backend: str, layout: str) -> None:
    """Fused Adam takes all of them for flat memory."""
    source = new_wgan(layout)
    advance(source, 2)
    wgan = resumed(through_a_file(source.state_dict()), backend)
    for optimizer in (wgan.generator_optimizer, wgan.critic_optimizer):
        for parameter, state in optimizer.state.items():
            assert state["exp_avg"].stride() == state["exp_avg_sq"].stride() == parameter.stride()
    advance(wgan, 2)
    for parameter in wgan.critic.parameters():
        assert wgan.critic_optimizer.state[parameter]["exp_avg"].stride() == parameter.stride()


def test_matching_mends_what_fused_adam_would_misread() -> None:
    """Two parameters with equal values, gradients and moments, one of them and its gradient laid out."""
    weight, gradient, moment = torch.randn(3, 4, 5), torch.randn(3, 4, 5), torch.randn(3, 4, 5)
    plain, laid, unmended = (nn.Conv1d(4, 3, 5, bias=False) for _ in range(3))
    for layer in (plain, laid, unmended):
        layer.weight.data = weight.clone()
        if layer is not plain:
            pack(layer)
        layer.weight.grad = torch.empty_like(layer.weight).copy_(gradient)
        optimizer = torch.optim.Adam(layer.parameters(), fused=True)
        moments = {"step": torch.tensor(3.0), "exp_avg": moment.clone(), "exp_avg_sq": moment.square()}
        optimizer.state[layer.weight] = moments
        if layer is laid:
            match_layout(optimizer)
            assert torch.equal(optimizer.state[layer.weight]["exp_avg"], moment)
        optimizer.step()
    assert torch.equal(laid.weight, plain.weight)
    assert not torch.equal(unmended.weight, plain.weight)  # or match_layout is no longer needed


def test_adam_steps_the_same_over_memory_in_order() -> None:
    generator, _ = networks(64)
    other = copy.deepcopy(generator)
    pack(generator)
    for network in (generator, other):
        optimizer = torch.optim.Adam(network.parameters(), fused=True)
        for step in range(3):
            for index, parameter in enumerate(network.parameters()):
                gradient = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(10 * step + index))
                parameter.grad = torch.empty_like(parameter).copy_(gradient)
            with in_memory_order(optimizer):
                optimizer.step()
    for mine, theirs in zip(generator.parameters(), other.parameters(), strict=True):
        assert mine.shape == theirs.shape
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)
    assert any(not parameter.is_contiguous() for parameter in generator.parameters())  # put back as they were
