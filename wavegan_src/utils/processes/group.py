"""The processes that train one run together, as the code that computes sees them; and a run of one process.

Every random number of a step is drawn for the whole batch, and each process keeps the rows of its own clips. Sums over
the batch are added up over the processes. So a run computes the same whatever their number, up to rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # commands that need no PyTorch share work too
    from torch import Tensor

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """The clips of a batch that one process computes: places `first` to `stop` - 1 of `whole`."""

    first: int
    stop: int
    whole: int

    @property
    def rows(self) -> slice:
        """These places, to cut them from what was drawn for the whole batch."""
        return slice(self.first, self.stop)

    @property
    def weight(self) -> float:
        """The part of the batch: a mean over it is the sum of the processes' means times their weights."""
        return (self.stop - self.first) / self.whole

    def every(self, step: int) -> tuple[slice, float]:
        """Which of this process's clips have a place that is a multiple of `step`, and their part of all of these."""
        start = -self.first % step
        here, all_of_them = len(range(self.first + start, self.stop, step)), len(range(0, self.whole, step))
        return slice(start, None, step), here / all_of_them


class Group:
    """The processes of a run. This class is a run of one process, in which nothing is exchanged.

    Attributes:
        rank: the number of this process; 0 is the first one, which alone writes, prints and decides.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes, prints and decides."""
        return self.rank == 0

    def share(self, clips: int) -> Share:
        """This process's share of a batch; shares differ by at most one clip."""
        return Share(self.rank * clips // self.size, (self.rank + 1) * clips // self.size, clips)

    def begin_sum(self, tensors: "Sequence[Tensor]") -> Callable[[], None]:
        """Begin to replace tensors, of the same shapes in every process, by their sums over the processes.

        Every process begins the same sums in the same order. Until the function that is returned has returned, when
        the sums are there, the tensors must be left alone.
        """
        del tensors
        return _nothing

    def gather(self, rows: "Tensor", share: Share) -> "Tensor":
        """The rows of all processes, `(share.whole, …)`, in the order of the batch.

        Gradients flow into this process's rows alone: a loss of the gathered rows that every process computes has the
        whole gradient once the processes' gradients are added up.
        """
        del share
        return rows

    def copy_from_first(self, tensors: "Sequence[Tensor]") -> None:
        """Replace tensors, of the same shapes in every process, by those of the first process."""

    def from_first(self, work: Callable[[], T], own: object = None) -> T:
        """What `work` returns in the first process, which alone does it; it must be possible to pickle.

        Meanwhile the others do their part of what the first one splits, with their `own`.
        """
        del own
        return work()

    def split(self, function: Callable[[Any, list[S]], list[T]], items: Sequence[S], own: object = None) -> list[T]:
        """What a function makes of items, in their order, in the first process, within `from_first`.

        Args:
            function: of a module, or a `partial` of one; given a process's own thing and some of the items, what it
                makes of each of them. It makes the same of an item whatever the others are.
            items: dealt to the processes.
            own: the first process's own thing.
        """
        return function(own, list(items))

    def collect(self, value: T) -> list[T]:
        """The values of all processes, in the order of their ranks; they must be possible to pickle."""
        return [value]

    def largest(self, numbers: Sequence[int]) -> list[int]:
        """The largest of the processes' numbers, place by place."""
        return list(numbers)

    def first_on_machine(self, work: Callable[[], T]) -> T:
        """What `work` returns, done by one process on each machine before the others there do it."""
        return work()


def _nothing() -> None:
    """Wait for nothing."""


ALONE = Group()
