from pathlib import Path

import psutil
import pytest
import torch

from wavegan_src.trainer.planning.machine import container_limit, disk_room, memory_room


def test_memory_is_the_machines() -> None:
    room = memory_room(torch.device("cpu"))
    assert 0 < room.free <= room.total
    assert room.total <= psutil.virtual_memory().total + psutil.swap_memory().total


@pytest.mark.parametrize(("text", "limit"), [("1048576\n", 1048576), ("max\n", None), ("", None)])
def test_a_containers_limit_is_read(text: str, limit: int | None, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(text)
    assert container_limit((tmp_path / "missing", tmp_path / "memory.max")) == limit


def test_without_containers_there_is_no_limit(tmp_path: Path) -> None:
    assert container_limit((tmp_path / "missing",)) is None


def test_a_gpus_own_memory_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3, 8))
    room = memory_room(torch.device("cuda"))
    assert (room.total, room.free) == (8, 3)


def test_a_folder_that_does_not_exist_is_on_its_parents_disk(tmp_path: Path) -> None:
    here, there = disk_room(tmp_path), disk_room(tmp_path / "not" / "yet")
    assert here is not None
    assert there is not None
    assert (here.total, here.device) == (there.total, there.device)
