"""What a run needs against what there is, on made-up machines."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import estimate
from wavegan_src.trainer.planning.capacity import check_memory, judge_disk, judge_memory
from wavegan_src.trainer.planning.machine import Disk, Room
from wavegan_src.utils.errors import UserError

CPU = torch.device("cpu")
GIB = 2**30


def configured(preset: str = "config", **values: Any) -> Config:
    return load_config(preset, {"training.device": "cpu", **{key.replace("__", "."): v for key, v in values.items()}})


def needed(config: Config, clips: int = 1000) -> int:
    return estimate(config, clips, CPU).memory_bytes


def findings(config: Config, total: float, free: float | None = None) -> list[tuple[bool, str]]:
    room = Room(int(total), int(total if free is None else free))
    return [(found.fatal, found.text) for found in judge_memory(config, 1000, CPU, lambda device: room)]


def test_what_fits_is_not_mentioned() -> None:
    config = configured(model__model_dim=8)
    assert findings(config, needed(config)) == []


def test_memory_that_other_programs_hold_is_a_warning() -> None:
    config = configured(model__model_dim=8)
    ((fatal, text),) = findings(config, 4 * needed(config), needed(config) / 2)
    assert not fatal
    assert "close other programs, or use --batch-size" in text


@pytest.mark.parametrize(
    ("preset", "width", "batch"), [("config", 128, 512), ("config", 32, 4096), ("config_fast", 192, 1000)]
)
def test_memory_the_machine_lacks_is_fatal_and_the_advised_batch_fits(preset: str, width: int, batch: int) -> None:
    config = configured(preset, model__model_dim=width, training__batch_size=batch)
    total = 16 * GIB
    assert needed(config) > 1.15 * total
    ((fatal, text),) = findings(config, total)
    assert fatal
    advised = re.search(r"--batch-size (\d+)", text)
    assert advised
    assert findings(configured(preset, model__model_dim=width, training__batch_size=int(advised[1])), total) == []
    in_parts = re.search(r"micro_batch_size to (\d+)", text)
    assert (in_parts is not None) == (preset == "config")  # the engine model cannot compute a batch in parts
    if in_parts:
        parts = configured(preset, model__model_dim=width, training__batch_size=batch)
        small = parts.model_copy(
            update={"training": parts.training.model_copy(update={"micro_batch_size": int(in_parts[1])})}
        )
        assert findings(small, total) == []


def test_where_not_even_one_clip_fits_a_narrower_network_is_advised() -> None:
    ((fatal, text),) = findings(configured(model__model_dim=128), 2 * GIB)
    assert fatal
    advised = re.search(r"model_dim, such as (\d+)", text)
    assert advised
    batch = re.search(r"--batch-size (\d+)", text)
    smaller = configured(model__model_dim=int(advised[1]), training__batch_size=int(batch[1]) if batch else 128)
    assert findings(smaller, 2 * GIB) == []


def test_nothing_helps_where_there_is_no_memory() -> None:
    ((fatal, text),) = findings(configured("config_fast"), 2**20)
    assert fatal
    assert "shorter clips" in text


def test_a_run_that_cannot_work_is_refused_and_a_tight_one_warned_of() -> None:
    config = configured(model__model_dim=8)
    told: list[str] = []
    check_memory(config, 1000, CPU, told.append, lambda device: Room(2 * needed(config), 1))
    assert len(told) == 1
    with pytest.raises(UserError, match="but this machine has"):
        check_memory(config, 1000, CPU, told.append, lambda device: Room(needed(config) // 2, 1))
    assert len(told) == 1


def disks(run: Disk | None, cache: Disk | None) -> Any:
    return lambda folder: run if folder == Path("output_wavegan") else cache


def judged(config: Config, cache_bytes: int, run: Disk | None, cache: Disk | None, written: int = 0) -> Any:
    planned = estimate(config, 1000, CPU)
    return [(f.fatal, f.text) for f in judge_disk(config, planned, cache_bytes, written, disks(run, cache))]


def test_disks_with_room_or_of_unknown_size_are_not_mentioned() -> None:
    config = configured(model__model_dim=8)
    assert judged(config, GIB, Disk(99 * GIB, 90 * GIB, 1), Disk(99 * GIB, 90 * GIB, 1)) == []
    assert judged(config, GIB, None, None) == []


def test_files_that_do_not_fit_are_fatal_unless_they_are_written_already() -> None:
    config = configured(training__epochs=1_000_000)
    run, elsewhere = Disk(99 * GIB, 70 * GIB, 1), Disk(99 * GIB, 90 * GIB, 2)
    ((fatal, text),) = judged(config, GIB, run, elsewhere)
    assert fatal
    assert "70.0 GiB free" in text
    assert "--output-dir" in text
    assert judged(config, GIB, run, elsewhere, written=estimate(config, 1000, CPU).disk_bytes - GIB) == []


def test_the_cache_may_be_there_already_unless_no_disk_could_hold_it() -> None:
    config = configured(model__model_dim=8)
    run = Disk(99 * GIB, 70 * GIB, 1)
    ((fatal, text),) = judged(config, 3 * GIB, run, Disk(9 * GIB, 2 * GIB, 2))
    assert not fatal
    assert "dataset.cache_dir" in text
    ((fatal, _),) = judged(config, 30 * GIB, run, Disk(9 * GIB, 2 * GIB, 2))
    assert fatal


def test_run_and_cache_share_a_disk() -> None:
    config = configured(model__model_dim=8)
    needs = estimate(config, 1000, CPU).disk_bytes
    disk = Disk(99 * GIB, needs + GIB, 1)
    assert judged(config, GIB, disk, disk) == []
    ((fatal, text),) = judged(config, GIB + 1, disk, disk)
    assert not fatal
    assert "beside the run's files" in text
