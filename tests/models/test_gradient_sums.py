"""Which gradients are exchanged together, and when."""

from collections.abc import Callable, Iterable, Sequence

import pytest
import torch
from torch import Tensor, nn

from wavegan_src.models import gradient_sums
from wavegan_src.models.gradient_sums import GradientSums
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.stopwatch import OFF


class Doubling(Group):
    """Two processes of which the other has the same gradients; a sum is there only once it was waited for."""

    size = 2

    def __init__(self) -> None:
        self.begun: list[list[tuple[int, ...]]] = []

    def begin_sum(self, tensors: Sequence[Tensor]) -> Callable[[], None]:
        self.begun.append([tuple(tensor.shape) for tensor in tensors])

        def wait() -> None:
            for tensor in tensors:
                tensor.mul_(2)

        return wait


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> nn.Sequential:
    """Three layers, of which each is a piece."""
    monkeypatch.setattr(gradient_sums, "PIECE_BYTES", 13)
    network = nn.Sequential(nn.Linear(2, 1), nn.Linear(3, 1), nn.Linear(4, 1))
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    return network


def reversed_parameters(network: nn.Module) -> list[nn.Parameter]:
    return list(network.parameters())[::-1]


FIRST, MIDDLE, LAST = ([(1,), (1, size)] for size in (4, 3, 2))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), ()])
def test_pieces_begin_in_one_order_whatever_comes_first(order: tuple[int, ...], layers: nn.Sequential) -> None:
    group = Doubling()
    sums = GradientSums(group, reversed_parameters(layers), OFF)
    for place in order:
        sums.ready(layers[place].parameters())
    figure = torch.tensor(3.0)
    (total,) = sums.finish([figure])
    assert group.begun == [FIRST, MIDDLE, [*LAST, ()]]
    assert (float(figure), float(total)) == (3, 6)
    assert all(torch.equal(p.grad, torch.full_like(p, 2)) for p in layers.parameters() if p.grad is not None)


def test_a_piece_begins_once_it_is_complete_and_those_before_it(layers: nn.Sequential) -> None:
    group = Doubling()
    sums = GradientSums(group, reversed_parameters(layers), OFF)
    sums.ready(layers[1].parameters())
    assert group.begun == []
    bias, weight, *_ = reversed_parameters(layers)
    sums.ready([weight])
    assert group.begun == []
    sums.ready([bias])
    assert group.begun == [FIRST, MIDDLE]
    sums.ready(layers[0].parameters())
    assert group.begun == [FIRST, MIDDLE], "the last piece goes with the figures"


def test_a_backward_pass_is_watched_while_it_lasts(layers: nn.Sequential) -> None:
    group = Doubling()
    sums = GradientSums(group, reversed_parameters(layers), OFF)

    def outputs() -> Iterable[Tensor]:
        return (layer(torch.ones(layer.in_features)) for layer in layers if isinstance(layer, nn.Linear))

    torch.autograd.backward(list(outputs()))
    assert group.begun == []
    with sums.last_pass():
        torch.autograd.backward(list(outputs()))
    assert group.begun == [FIRST, MIDDLE]
    torch.autograd.backward(list(outputs()))
    assert group.begun == [FIRST, MIDDLE]


def test_alone_nothing_is_watched_or_summed(layers: nn.Sequential) -> None:
    sums = GradientSums(ALONE, reversed_parameters(layers), OFF)
    figures = [torch.tensor(1.0)]
    with sums.last_pass():
        sums.ready(layers.parameters())
    assert sums.finish(figures)[0] is figures[0]
    assert not sums.wanted
    assert all(torch.equal(p.grad, torch.ones_like(p)) for p in layers.parameters() if p.grad is not None)
