"""A network's gradients, added up over the processes while the backward pass still computes others.

As in PyTorch's DistributedDataParallel (Li et al., arXiv 2006.15704), gradients are exchanged in pieces, each as soon
as it is complete. Every process begins the same pieces in the same order, whatever order its own gradients come in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.stopwatch import Timer

PIECE_BYTES = 4 * 2**20  # at least, in each but the last: small ones cost more time than they hide

Ready = Callable[[Iterable[nn.Parameter]], None]
"""Called with parameters whose gradients are complete."""


def nobody_waits(parameters: Iterable[nn.Parameter]) -> None:
    """A `Ready` for a process that is alone."""


class GradientSums:
    """The sums of one step.

    Args:
        group: the processes; of one alone, nothing is done.
        parameters: those of the network, about in the order in which their gradients are complete.
        stopwatch: times what is waited for, as the part "all_reduce".
    """

    def __init__(self, group: Group, parameters: Sequence[nn.Parameter], stopwatch: Timer):
        self._group = group
        self._stopwatch = stopwatch
        self._pieces = _pieces(parameters) if group.size > 1 else []
        self._complete: set[nn.Parameter] = set()
        self._begun: list[Callable[[], None]] = []

    @property
    def wanted(self) -> bool:
        """Whether there are other processes."""
        return self._group.size > 1

    def ready(self, parameters: Iterable[nn.Parameter]) -> None:
        """Begin the pieces whose turn it is, now that these gradients are complete; the last one waits for `finish`."""
        self._complete.update(parameters)
        while len(self._pieces) > 1 and self._complete.issuperset(self._pieces[0]):
            self._begin()

    @contextmanager
    def last_pass(self) -> Iterator[None]:
        """Watch a backward pass of automatic differentiation that completes all gradients."""
        hooks = [
            parameter.register_post_accumulate_grad_hook(lambda complete: self.ready([complete]))  # type: ignore[no-untyped-call]
            for piece in self._pieces
            for parameter in piece
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def finish(self, figures: Sequence[Tensor]) -> list[Tensor]:
        """Wait until all gradients are added up, and a step's figures too; returns the figures.

        Each process has its share of every mean over the batch.
        """
        if not self.wanted:
            return list(figures)
        with self._stopwatch("all_reduce"):
            while len(self._pieces) > 1:
                self._begin()
            sums = [figure.clone() for figure in figures]
            self._begin(sums)
            for wait in self._begun:
                wait()
        return sums

    def _begin(self, beside: Sequence[Tensor] = ()) -> None:
        gradients = [parameter.grad for parameter in self._pieces.pop(0) if parameter.grad is not None]
        self._begun.append(self._group.begin_sum([*gradients, *beside]))


def _pieces(parameters: Sequence[nn.Parameter]) -> list[list[nn.Parameter]]:
    """Parameters in pieces, in their order; the last piece is what is left, and may be small."""
    pieces: list[list[nn.Parameter]] = [[]]
    size = 0
    for parameter in parameters:
        if size >= PIECE_BYTES:
            pieces.append([])
            size = 0
        pieces[-1].append(parameter)
        size += parameter.numel() * parameter.element_size()
    return pieces
