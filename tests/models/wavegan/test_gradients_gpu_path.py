"""The path of a GPU, as far as a CPU can tell: against double backward, in bfloat16, compiled, and without waiting."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.support.wgan import CPU, real_batch
from tests.support.wgan import autograd_config as config
from wavegan_src.data.batch import Batch
from wavegan_src.discriminator import Discriminator
from wavegan_src.generator import Generator
from wavegan_src.models.wavegan import losses
from wavegan_src.models.wavegan.gradients import AutogradGradients, CriticDraws, input_gradient
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.utils import device as compilation
from wavegan_src.utils.processes.group import ALONE


def flat(network: torch.nn.Module) -> Tensor:
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])


@pytest.mark.parametrize("model", [{}, {"kernel_len": 24}, {"phase_shuffle": 0}])
@pytest.mark.parametrize("micro_batch_size", [None, 3])
def test_critic_gradients_are_those_of_the_loss_by_double_backward(
    model: dict[str, Any], micro_batch_size: int | None
) -> None:
    wgan = WGAN(config(model, micro_batch_size=micro_batch_size), CPU)
    critic, draws, real = copy.deepcopy(wgan.critic), wgan.draw_critic_step(0, ALONE.share(4)), real_batch(0)
    fake = wgan.generator(draws.latents).detach()
    figures = wgan.gradients.critic(real, draws)
    wasserstein = losses.wasserstein_estimate(critic(real, draws.real_shifts), critic(fake, draws.fake_shifts))
    penalty = losses.gradient_penalty(lambda x: critic(x, draws.penalty_shifts), real, fake, draws.epsilon)
    loss = losses.critic_loss(wasserstein, penalty, 10.0)
    torch.autograd.backward(loss)
    torch.testing.assert_close(figures.critic_loss, loss.detach())
    torch.testing.assert_close(flat(wgan.critic), flat(critic), rtol=1e-4, atol=1e-5)


def test_input_gradient_is_autograds_also_with_spectral_norm() -> None:
    critic = Discriminator(config({"spectral_norm": True}).model, 4000).double().eval()
    x, shifts = torch.randn(3, 1, 4000, dtype=torch.float64, requires_grad=True), torch.randint(-2, 3, (5, 3))
    (expected,) = torch.autograd.grad(critic(x, shifts).sum(), x)
    torch.testing.assert_close(input_gradient(critic, x, shifts), expected)


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_bfloat16_is_float32_but_for_rounding(spectral_norm: bool) -> None:
    """Convolutions lose 16 bits; scores, the penalty's norm, gradients and moments are float32."""
    model = {"spectral_norm": spectral_norm, "model_dim": 4}
    full, reduced = (WGAN(config(model, precision=name), CPU) for name in ("float32", "bfloat16"))
    draws, real = full.draw_critic_step(0, ALONE.share(4)), real_batch(0)
    expected, figures = full.gradients.critic(real, draws), reduced.gradients.critic(real, draws)
    assert all(figure.dtype == torch.float32 for figure in figures)
    torch.testing.assert_close(figures.gradient_penalty, expected.gradient_penalty, rtol=0.02, atol=0)
    assert torch.cosine_similarity(flat(reduced.critic), flat(full.critic), dim=0) > 0.99
    batch = Batch(real)
    stats = reduced.step_generator(batch), reduced.step_critic(batch)
    assert all(figure.dtype == torch.float32 for row in stats for figure in row)
    for optimizer in (reduced.critic_optimizer, reduced.generator_optimizer):
        tensors = [value for state in optimizer.state.values() for value in state.values()]
        assert tensors
        assert all(value.dtype == torch.float32 for value in tensors)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert input_gradient(reduced.critic, real, draws.real_shifts).dtype == torch.float32
        assert reduced.critic(real).dtype == torch.float32


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("backend", "precision", "augmentation"),
    [("aot_eager", "float32", "off"), ("eager", "bfloat16", "fixed")],
)
def test_compiled_steps_are_the_same(backend: str, precision: str, augmentation: str) -> None:
    """As one graph each, so that nothing reads a tensor's values on the way."""

    def whole(function: Any) -> Any:
        return torch.compile(function, backend=backend, dynamic=False, fullgraph=True)

    settings = config(precision=precision, augmentation=augmentation)
    plain, made = WGAN(settings, CPU), WGAN(settings, CPU)
    made.gradients = AutogradGradients(made.generator, made.critic, made.config.training, whole)
    for step in range(2):  # other shifts, and no new graph
        batch = Batch(real_batch(step))
        torch.testing.assert_close(made.step_critic(batch), plain.step_critic(batch))
    torch.testing.assert_close(made.step_generator(batch), plain.step_generator(batch))


def test_without_a_compiler_a_line_says_so_and_nothing_is_compiled() -> None:
    def fail(function: Any) -> Any:
        def run(*_: Any) -> None:
            raise RuntimeError("Cannot find a working triton installation.\nmore lines")

        return run

    choice = compilation.choose(True, CPU, fail)
    assert choice.compile is compilation.no_compile
    assert choice.note is not None
    assert "Cannot find a working triton installation." in choice.note
    assert "\n" not in choice.note
    assert compilation.choose(False, CPU, fail) == (compilation.no_compile, None)
    works = compilation.choose(True, CPU, compilation.no_compile)
    assert works.note is None


class NoReading(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Operations whose result's value or size the host must wait for."""

    WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert not any(name in func.__name__ for name in self.WAITS), func
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_no_step_reads_a_value(precision: str) -> None:
    wgan, real = WGAN(config(precision=precision), CPU), real_batch(0)
    with pytest.raises(AssertionError), NoReading():  # type: ignore[no-untyped-call]
        real.sum().item()
    with NoReading():  # type: ignore[no-untyped-call]
        wgan.step_critic(Batch(real))
        wgan.step_generator(Batch(real))


def test_gradients_need_no_values_at_all() -> None:
    """On a device that has shapes and no memory; shifts too are there."""
    settings = config()
    with torch.device("meta"):
        generator, critic = (kind(settings.model, 4096) for kind in (Generator, Discriminator))
        shifts = torch.zeros(5, 4, dtype=torch.int64)
        draws = CriticDraws(torch.rand(4, 4), torch.rand(4, 1, 1), shifts, shifts, shifts)
        gradients = AutogradGradients(generator, critic, settings.training)  # type: ignore[arg-type]
        assert gradients.critic(torch.rand(4, 1, 4096), draws).critic_loss.device.type == "meta"
        gradients.generator(draws.latents, shifts)


def test_weights_lie_channels_last_and_so_do_activations() -> None:
    wgan = WGAN(config({"model_dim": 4}), CPU)
    for network in (wgan.generator, wgan.critic, wgan.ema_generator):
        assert all(p.stride(1) == 1 for p in network.parameters() if p.dim() == 3 and p.shape[1] > 1)
    layer = wgan.critic.convolutions()[2]
    assert layer(torch.randn(4, layer.in_channels, 64)).stride(1) == 1
