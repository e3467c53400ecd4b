"""Three processes exchange what a run exchanges."""

import pytest
import torch

from tests.support.exchanges import ROWS, SIZE, Exchanged, exchange
from tests.support.together import together
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.ranks import device_of
from wavegan_src.utils.processes.torchrun import Launch


@pytest.fixture(scope="module")
def exchanged() -> list[Exchanged]:
    return together(SIZE, exchange)


def test_sums_are_of_all_and_keep_each_tensors_layout(exchanged: list[Exchanged]) -> None:
    for found in exchanged:
        assert found.sums == [[6.0] * 4, [60.0] * 6]


def test_what_lies_together_is_added_up_in_place_and_nothing_beside_it(exchanged: list[Exchanged]) -> None:
    """Each process has the numbers 0 to 11 times its rank plus one, and 2 to 9 are added up."""
    for rank, found in enumerate(exchanged):
        factors = [1.0] * 2 + [6 / (rank + 1)] * 8 + [1.0] * 2
        assert found.memory == pytest.approx([number * factor for number, factor in enumerate(factors)])


def test_rows_are_gathered_in_order_and_gradients_add_up_to_the_whole_ones(exchanged: list[Exchanged]) -> None:
    """The loss is the sum of squares of differences of all pairs of rows, computed by every process."""
    rows = torch.arange(ROWS, dtype=torch.float64)[:, None].requires_grad_()
    torch.autograd.backward((rows[:, None] - rows[None]).square().sum())
    assert rows.grad is not None
    assert all(found.gathered == list(range(ROWS)) for found in exchanged)
    assert [slope for found in exchanged for slope in found.slopes] == rows.grad[:, 0].tolist()


def test_the_first_one_decides_and_all_learn_it(exchanged: list[Exchanged]) -> None:
    assert [found.decided for found in exchanged] == [{"decided by": 0}] * SIZE
    assert [found.nothing for found in exchanged] == [None] * SIZE
    assert [found.copied for found in exchanged] == [0.0] * SIZE
    assert [found.largest for found in exchanged] == [[2, 0]] * SIZE
    assert [found.collected for found in exchanged] == [["0", "1", "2"]] * SIZE


def test_what_is_split_is_dealt_to_all_and_comes_back_in_order(exchanged: list[Exchanged]) -> None:
    squares = exchanged[0].split
    assert [square for square, _ in squares] == [item * item for item in range(7)]
    assert [rank for _, rank in squares] == [0, 1, 2, 0, 1, 2, 0]


def test_one_on_a_machine_works_before_the_others(exchanged: list[Exchanged]) -> None:
    assert [found.saw_work_of_first for found in exchanged] == [True] * SIZE


def test_an_error_of_the_first_one_ends_the_others_in_silence(exchanged: list[Exchanged]) -> None:
    assert [found.failure for found in exchanged] == ["the first one fails", *["SaidElsewhereError 2"] * 2]


def test_a_gpu_of_their_own_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    launch = Launch(3, 4, 3, 4, "localhost", 1)
    assert device_of(launch, "cpu") == torch.device("cpu")
    with pytest.raises(UserError, match="no GPU for process 3: this machine has 2"):
        device_of(launch, "auto")
    with pytest.raises(UserError, match="--device cuda:1 is one GPU"):
        device_of(launch, "cuda:1")
    assert device_of(None, "cuda:1") == torch.device("cuda:1")
