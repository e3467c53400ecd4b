import socket
import time

import pytest

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.torchrun import MET, Launch, launch, let_first_speak, prefix, refuse_several

WHOLE = {"RANK": "2", "LOCAL_RANK": "1", "WORLD_SIZE": "4", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}


def test_one_process_is_no_group_whatever_else_is_set() -> None:
    assert launch({}) is None
    assert launch({"RANK": "0"}) is None
    assert launch(WHOLE | {"WORLD_SIZE": "1", "RANK": "0"}) is None


def test_the_variables_of_torchrun_are_understood() -> None:
    assert launch(WHOLE) == Launch(2, 4, 1, 4, "node1", 29500)
    found = launch(WHOLE | {"LOCAL_WORLD_SIZE": "2"})
    assert found is not None
    assert found.on_this_machine == 2


def test_a_size_set_by_hand_is_explained() -> None:
    with pytest.raises(UserError, match=r"WORLD_SIZE is 4, but RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT are not set"):
        launch({"WORLD_SIZE": "4"})
    with pytest.raises(UserError, match=r"but MASTER_PORT is not set: start the processes with torchrun"):
        launch({name: value for name, value in WHOLE.items() if name != "MASTER_PORT"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WORLD_SIZE", "many", "WORLD_SIZE is 'many', which is no number"),
        ("WORLD_SIZE", "-2", "WORLD_SIZE is '-2'"),
        ("RANK", "4", "RANK is 4, but WORLD_SIZE is 4"),
        ("MASTER_PORT", "²", "MASTER_PORT is '²'"),
    ],
)
def test_contradictions_are_named(name: str, value: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        launch(WHOLE | {name: value})


def test_messages_of_other_processes_than_the_first_name_them() -> None:
    assert prefix({}) == prefix(WHOLE | {"RANK": "0"}) == ""
    assert prefix(WHOLE) == f"Process 2 on {socket.gethostname()}: "


def test_what_one_process_does_is_refused_to_several(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_several("evaluate")
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match="evaluate is work for one process, and torchrun started 4: leave torchrun out"):
        refuse_several("evaluate")


def test_the_first_one_speaks_for_those_that_have_not_met_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    let_first_speak()
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RANK", "0")
    let_first_speak()
    assert waits == []
    monkeypatch.setenv("RANK", "2")
    let_first_speak()
    assert len(waits) == 1
    monkeypatch.setattr(MET, "is_set", lambda: True)
    let_first_speak()
    assert len(waits) == 1
