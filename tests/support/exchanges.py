"""What processes of one run exchange, done once by each of them."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import torch

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.processes.ranks import joined
from wavegan_src.utils.processes.torchrun import SaidElsewhereError, launch

SIZE, ROWS = 3, 7


class Exchanged(NamedTuple):
    """What one process saw of it."""

    sums: list[list[float]]
    memory: list[float]
    gathered: list[float]
    slopes: list[float]
    decided: dict[str, int]
    nothing: None
    copied: float
    largest: list[int]
    collected: list[str]
    split: list[tuple[int, int]]
    saw_work_of_first: bool
    failure: str


def exchange() -> Exchanged:
    """Do it, as one of those that the environment says."""
    with joined(launch(), torch.device("cpu")) as group:
        summed = [torch.full((4,), group.rank + 1.0), torch.full((2, 3), 10.0 * (group.rank + 1)).t()]
        memory = torch.arange(12.0) * (group.rank + 1)
        in_one_piece = [memory[4:10].view(1, 3, 2).transpose(1, 2), memory[2:4]]  # the first two and last two stay
        waits = [group.begin_sum(each) for each in (summed, [tensor.clone() for tensor in summed], in_one_piece)]
        for wait in waits:
            wait()
        share = group.share(ROWS)
        rows = torch.arange(ROWS, dtype=torch.float64)[share.rows, None].requires_grad_()
        every = group.gather(rows, share)
        torch.autograd.backward((every[:, None] - every[None]).square().sum())
        assert rows.grad is not None
        copied = torch.tensor(float(group.rank))
        group.copy_from_first([copied])
        group.from_first(lambda: None)
        return Exchanged(
            sums=[tensor.flatten().tolist() for tensor in summed],
            memory=(memory / (group.rank + 1)).tolist(),
            gathered=every[:, 0].tolist(),
            slopes=rows.grad[:, 0].tolist(),
            decided=group.from_first(lambda: {"decided by": group.rank}),
            nothing=group.from_first(lambda: None),
            copied=float(copied),
            largest=group.largest([group.rank, 0]),
            collected=group.collect(str(group.rank)),
            split=group.from_first(lambda: group.split(squares, range(7), group.rank), group.rank),
            saw_work_of_first=_in_turn(group),
            failure=_fail(group),
        )


def squares(own: int, items: list[int]) -> list[tuple[int, int]]:
    """The squares, and who computed them."""
    return [(item * item, own) for item in items]


def _in_turn(group: Group) -> bool:
    """Whether each process finds the file that one of them writes, which all see."""
    place = Path(group.from_first(tempfile.mkdtemp)) / "file"

    def work() -> bool:
        if group.is_first:
            place.touch()
        return place.exists()

    return group.first_on_machine(work)


def _fail(group: Group) -> str:
    def fail() -> None:
        raise UserError("the first one fails")

    try:
        group.from_first(fail)
    except SaidElsewhereError as error:
        return f"SaidElsewhereError {error.exit_status}"
    except UserError as error:
        return str(error)
    return "none"
