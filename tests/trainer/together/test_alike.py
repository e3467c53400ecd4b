"""What is wrong is said once, by the first process; the others end in silence."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pytest

from wavegan_src.config_schema import Config
from wavegan_src.trainer.together.alike import check_alike, check_shares
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.processes.torchrun import SaidElsewhereError

T = TypeVar("T")


class Pretended(Group):
    """Two processes, of which the second one's facts are the first one's with some replaced."""

    def __init__(self, rank: int = 0, replaced: Mapping[str, str] | None = None):
        self.rank, self.size = rank, 2
        self.replaced = dict(replaced or {})

    def collect(self, value: T) -> list[T]:
        other: Any = value
        if isinstance(value, tuple):
            _, facts = value
            other = ("Process 1 on node7", facts | self.replaced)
        return [value, other]


def test_equal_processes_pass(tiny_config: Config) -> None:
    check_alike(ALONE, tiny_config)
    check_alike(Pretended(), tiny_config)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"training.seed": "8"}, r"Process 1 on node7 has training\.seed 8, and process 0 has 7"),
        ({"PyTorch": "2.6"}, r"Process 1 on node7 has PyTorch 2\.6, and process 0 has "),
        ({"the program": "abc"}, "Process 1 on node7 has another version of the program than process 0"),
    ],
)
def test_the_difference_is_named(tiny_config: Config, facts: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_alike(Pretended(0, facts), tiny_config)
    with pytest.raises(SaidElsewhereError):
        check_alike(Pretended(1, facts), tiny_config)


def test_a_batch_smaller_than_the_processes_is_refused(tiny_config: Config) -> None:
    training = tiny_config.training.model_copy(update={"batch_size": 1})
    small = tiny_config.model_copy(update={"training": training})
    with pytest.raises(UserError, match=r"training\.batch_size is 1, which 2 processes cannot share"):
        check_alike(Pretended(), small)
    with pytest.raises(UserError, match="only 1 training clips, which 2 processes cannot share"):
        check_shares(Pretended(), 1)
    check_alike(ALONE, small)


def test_micro_batches_under_spectral_norm_are_refused(tiny_config: Config) -> None:
    changed = tiny_config.model_copy(
        update={
            "model": tiny_config.model.model_copy(update={"spectral_norm": True}),
            "training": tiny_config.training.model_copy(update={"micro_batch_size": 2}),
        }
    )
    with pytest.raises(UserError, match="micro-batches"):
        check_alike(Pretended(), changed)
