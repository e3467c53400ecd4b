"""The critic's passes against PyTorch differentiating the plain critic, once and twice."""

import pytest
import torch
from torch import Tensor

from tests.support.gradients import assert_gradients_equal, clips, gradients, networks, shifts
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.models.wavegan.fast import convolution
from wavegan_src.models.wavegan.fast.critic import CriticPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, GradientMemory, pack

CASES = {  # length, model_dim, kernel_len, batch, largest shift
    "one step at the top": (64, 1, 25, 3, 3),
    "one clip": (4096, 2, 24, 1, 3),
    "uneven margins": (5001, 3, 9, 2, 7),
    "no shuffle": (12000, 1, 4, 2, 0),
    "described length": (44100, 1, 25, 2, 16),
    "kernel beyond the signal": (4096, 1, 101, 2, 2),
}
every_case = pytest.mark.parametrize(
    ("length", "model_dim", "kernel_len", "batch", "largest"), CASES.values(), ids=CASES
)


def passes(length: int, model_dim: int, kernel_len: int) -> tuple[Discriminator, CriticPasses]:
    critic = networks(length, model_dim=model_dim, kernel_len=kernel_len)[1]
    pack(critic)
    GradientMemory(critic).bind_gradients(critic)
    return critic, CriticPasses(critic, Buffers(critic.dense.weight.detach()))


def as_lists(drawn: Tensor | None, batch: int) -> list[list[int]]:
    return [[0] * batch] * SHUFFLED_LAYERS if drawn is None else [[int(n) for n in layer] for layer in drawn]


@every_case
@pytest.mark.parametrize("group_floats", [convolution.GROUP_FLOATS, 0])
@torch.no_grad()
def test_scores_and_slopes(
    monkeypatch: pytest.MonkeyPatch,
    length: int,
    model_dim: int,
    kernel_len: int,
    batch: int,
    largest: int,
    group_floats: int,
) -> None:
    monkeypatch.setattr(convolution, "GROUP_FLOATS", group_floats)
    critic, fast = passes(length, model_dim, kernel_len)
    x, drawn, cotangent = clips(batch, length), shifts(batch, largest), torch.randn(batch, dtype=torch.float64)
    with torch.enable_grad():
        scores = critic(x.requires_grad_(), drawn)[:, 0]
        (slopes,) = torch.autograd.grad(scores, x, cotangent)
    torch.testing.assert_close(fast.forward([x[:, 0]], as_lists(drawn, batch)), scores, rtol=1e-10, atol=1e-12)
    fast.backward(cotangent)
    assert_gradients_equal(fast.input_gradient(slice(0, batch)), slopes[:, 0])


@every_case
@torch.no_grad()
def test_weights_gradients_of_the_scores(
    length: int, model_dim: int, kernel_len: int, batch: int, largest: int
) -> None:
    critic, fast = passes(length, model_dim, kernel_len)
    x, drawn, cotangent = clips(batch, length), shifts(batch, largest), torch.randn(batch, dtype=torch.float64)
    fast.forward([x[:, 0]], as_lists(drawn, batch))
    fast.backward(cotangent)
    fast.add_weight_gradients(cotangent, [slice(0, batch)])
    with torch.enable_grad():
        wanted = torch.autograd.grad(critic(x, drawn)[:, 0] @ cotangent, list(critic.parameters()))
    assert_gradients_equal(gradients(critic), wanted)


@every_case
@torch.no_grad()
def test_tangents_give_the_gradient_of_a_slope(
    length: int, model_dim: int, kernel_len: int, batch: int, largest: int
) -> None:
    """<u, dD/dx> by double backward; biases have no part in it."""
    critic, fast = passes(length, model_dim, kernel_len)
    x, u, drawn = clips(batch, length), clips(batch, length), shifts(batch, largest)
    fast.forward([x[:, 0]], as_lists(drawn, batch))
    fast.backward(torch.ones(batch, dtype=torch.float64))
    fast.tangent(slice(0, batch), u[:, 0])
    fast.add_weight_gradients(torch.ones(batch, dtype=torch.float64), [slice(0, 0)])
    parameters = list(critic.parameters())
    with torch.enable_grad():
        (slopes,) = torch.autograd.grad(critic(x.requires_grad_(), drawn).sum(), x, create_graph=True)
        found = torch.autograd.grad((slopes * u).sum(), parameters, allow_unused=True)
    wanted = [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]
    assert_gradients_equal(gradients(critic), wanted)


@torch.no_grad()
def test_tangents_of_some_clips_leave_the_others_activations() -> None:
    _, fast = passes(5000, 1, 25)
    x = clips(3, 5000)
    fast.forward([x[:2, 0], x[2:, 0]], as_lists(shifts(3, 2), 3))
    fast.backward(torch.ones(3, dtype=torch.float64))
    before = [each.clone() for each in fast.activations]
    fast.tangent(slice(1, 2), x[1:2, 0])
    for was, now in zip(before[1:], fast.activations[1:], strict=True):
        assert torch.equal(was[[0, 2]], now[[0, 2]])
        assert not torch.equal(was[1], now[1])


@torch.no_grad()
def test_batches_after_one_another_are_one_batch() -> None:
    _, fast = passes(4096, 2, 25)
    x, drawn = clips(5, 4096)[:, 0], as_lists(shifts(5, 3), 5)
    together = fast.forward([x], drawn).clone()
    assert torch.equal(fast.forward([x[:2], x[2:3], x[3:]], drawn), together)


@torch.no_grad()
def test_a_smaller_batch_finds_no_rest_of_a_larger_one() -> None:
    """Clips shorter than the padded length keep margins of zeros in memory that is used again."""
    _, used = passes(5000, 1, 25)
    fresh = CriticPasses(used.critic, Buffers(used.critic.dense.weight.detach()))
    used.forward([clips(4, 5000)[:, 0]], as_lists(None, 4))
    used.buffers.take("x0", 4, 8192, 1).fill_(torch.nan)
    x = clips(2, 5000)[:, 0]
    assert torch.equal(used.forward([x], as_lists(None, 2)), fresh.forward([x], as_lists(None, 2)))


@torch.no_grad()
def test_what_is_the_same_for_real_and_fake_clips_has_a_gradient_of_exactly_zero() -> None:
    """Adam would make a whole step of its rounding."""
    _, fast = passes(12288, 2, 25)
    fast.layers[-1].bias.fill_(100)  # every unit of the last layer is active in every clip
    x = clips(63, 12288)[:, 0]  # sums of fewer terms are often exact
    cotangent = torch.tensor([-1 / 21, 1 / 21, 1]).double().repeat_interleave(21)
    fast.forward([x], as_lists(None, 63))
    fast.backward(cotangent)
    fast.add_weight_gradients(cotangent, [slice(0, 21), slice(21, 42)])
    assert fast.dense.bias_gradient.item() == 0
    assert fast.layers[-1].bias_gradient.abs().max() == 0
    assert fast.layers[0].bias_gradient.abs().max() > 0
