"""The formulas against PyTorch's own counting of what it does."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from tests.support.wgan import CPU
from tests.support.wgan import autograd_config as config
from wavegan_src.data.batch import Batch
from wavegan_src.models.wavegan.costs import step_costs
from wavegan_src.models.wavegan.gradients import AutogradGradients
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.utils.processes.group import ALONE

MODELS: list[dict[str, Any]] = [{}, {"model_dim": 3, "kernel_len": 9, "latent_dim": 7}, {"phase_shuffle": 0}]


def counted(step: Callable[[], Any]) -> int:
    with FlopCounterMode(display=False) as counter:
        step()
    operations: int = counter.get_total_flops()
    return operations


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("micro_batch_size", [None, 3])
def test_operations_are_those_that_are_carried_out(model: dict[str, Any], micro_batch_size: int | None) -> None:
    wgan = WGAN(config(model, micro_batch_size=micro_batch_size), CPU)
    costs = step_costs(wgan.config)
    batch = Batch(torch.rand(4, 1, 4096))
    assert counted(lambda: wgan.step_critic(batch)) == 4 * costs.critic_flops
    assert counted(lambda: wgan.step_generator(batch)) == 4 * costs.generator_flops


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_saved_bytes_are_those_of_the_graph(model: dict[str, Any], precision: str) -> None:
    wgan = WGAN(config(model, precision=precision), CPU)
    gradients, costs = wgan.gradients, step_costs(wgan.config)
    assert isinstance(gradients, AutogradGradients)
    draws, real = wgan.draw_critic_step(0, ALONE.share(4)), torch.rand(4, 1, 4096)
    networks = (wgan.generator, wgan.critic)
    weights = {p.untyped_storage().data_ptr() for network in networks for p in network.parameters()}

    def saved(graph: Callable[[], Tensor]) -> int:
        kept: dict[int, Tensor] = {}

        def pack(tensor: Tensor) -> Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            graph()
        return sum(tensor.untyped_storage().nbytes() for address, tensor in kept.items() if address not in weights)

    scored = saved(lambda: gradients.score(real, draws.real_shifts))
    penalised = saved(lambda: gradients.penalty(real, draws.penalty_shifts))
    wgan.critic.requires_grad_(False)  # as in a generator step
    generated = saved(lambda: gradients.fake_score(draws.latents, draws.real_shifts))
    assert generated == 4 * costs.saved_bytes + costs.cast_bytes
    assert max(scored, penalised) < generated
