"""Parts sum to the epoch, and epochs to the run, on a clock that the tests turn."""

import itertools
import math
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import torch

from tests.support.runs import run_in_process
from wavegan_src.metrics import CRITIC_PARTS, PARTS, PROFILE_COLUMNS, TIMING_COLUMNS
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.profiling import TimeProfile
from wavegan_src.trainer.quality import QualityMeter
from wavegan_src.utils.csv_log import read_columns
from wavegan_src.utils.stopwatch import Stopwatch

CPU = torch.device("cpu")


class Clock:
    """Shows whole seconds, and one more every time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every profile of the test."""
    clock = Clock()
    monkeypatch.setattr("wavegan_src.trainer.profiling.Stopwatch", partial(Stopwatch, clock=clock))
    return clock


def profile_of(folder: Path, device: torch.device = CPU) -> TimeProfile:
    return TimeProfile(RunFolder(folder), device, 5)


def rows(folder: Path) -> dict[str, list[float]]:
    return read_columns(RunFolder(folder).profile_csv)


def test_the_parts_of_a_real_run_sum_to_its_epochs_and_these_to_the_run(
    tiny_values: dict[str, Any], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: -1e9)  # a wall clock that jumped changes nothing
    laps: list[float] = []
    original = TimeProfile.end_epoch

    def clocked(self: TimeProfile, epoch: int) -> None:
        laps.append(clock.now)
        original(self, epoch)

    monkeypatch.setattr(TimeProfile, "end_epoch", clocked)
    folder = run_in_process(tiny_values, epochs=6)
    table = read_columns(folder.profile_csv)
    assert table["epoch"] == [1, 2, 3, 4, 5, 6]
    for index, total in enumerate(table["total_seconds"]):
        assert sum(table[f"{part}_seconds"][index] for part in (*PARTS, "rest")) == total
    assert table["total_seconds"][1:] == [later - earlier for earlier, later in itertools.pairwise(laps)]
    scheduled = [index for index in range(6) if table["checkpoint_seconds"][index] > 0]
    assert scheduled == [0, 1, 3, 5]


def test_nearly_all_of_a_run_is_in_its_parts(tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the processor's time, which other programs cannot take."""
    used = partial(Stopwatch, clock=time.process_time)
    monkeypatch.setattr("wavegan_src.trainer.profiling.Stopwatch", used)
    table = read_columns(run_in_process(tiny_values, epochs=3).profile_csv)
    assert median(rest / total for rest, total in zip(table["rest_seconds"], table["total_seconds"], strict=True)) < 0.2
    shares = []
    for index, whole in enumerate(table["critic_seconds"]):
        assert math.isnan(table["critic_all_reduce_seconds"][index])  # of several processes
        parts = [table[f"critic_{part}_seconds"][index] for part in CRITIC_PARTS if part != "all_reduce"]
        assert min(parts) > 0
        assert sum(parts) <= whole
        shares.append(sum(parts) / whole)
    assert median(shares) > 0.6  # what is left: random numbers, counters and means


def test_a_slow_part_is_found(tiny_values: dict[str, Any], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(original: Any, seconds: float) -> Any:
        def call(*arguments: Any) -> Any:
            clock.now += seconds
            return original(*arguments)

        return call

    monkeypatch.setattr(WGAN, "step_generator", slow(WGAN.step_generator, 10_000))
    monkeypatch.setattr(QualityMeter, "measure", slow(QualityMeter.measure, 70_000))
    table = read_columns(run_in_process(tiny_values, epochs=1).profile_csv)
    steps = 48 // 8 // 3
    assert table["generator_seconds"][0] == pytest.approx(10_000 * steps, abs=500)
    assert table["evaluation_seconds"][0] == pytest.approx(70_000, abs=500)
    assert table["total_seconds"][0] == pytest.approx(70_000 + 10_000 * steps, abs=1000)


def test_marks_inside_the_critics_step_are_columns_and_their_absence_is_empty(tmp_path: Path, clock: Clock) -> None:
    profile = profile_of(tmp_path)
    profile.begin()
    profile.begin_iteration()
    with profile.step("critic"):
        with profile.stopwatch("penalty"):
            clock.now += 300
        clock.now += 100
    profile.end_epoch(1)
    table = rows(tmp_path)
    assert table["critic_penalty_seconds"] == [301]
    assert table["critic_seconds"] == [403]
    text = RunFolder(tmp_path).profile_csv.read_text()
    assert text.splitlines()[1].endswith(",,")  # backward and optimiser were not measured


def test_an_epoch_that_was_interrupted_keeps_its_time(tmp_path: Path, clock: Clock) -> None:
    profile = profile_of(tmp_path)
    profile.begin()
    with profile.step("critic"):
        clock.now += 50
    state = profile.state_dict()
    clock.now += 9000  # between the processes
    resumed = profile_of(tmp_path)
    resumed.load_state_dict(state, 0, epoch_complete=False)
    resumed.begin()
    with resumed.step("critic"):
        clock.now += 50
    resumed.end_epoch(1)
    table = rows(tmp_path)
    assert table["critic_seconds"] == [102]
    assert table["total_seconds"] == [106]


def test_a_row_that_a_killed_process_did_not_write_is_written_from_the_checkpoint(tmp_path: Path, clock: Clock) -> None:
    profile = profile_of(tmp_path)
    profile.begin()
    with profile.part("evaluation"):
        clock.now += 20
    state = profile.state_dict()
    for _ in range(2):  # the second time it is there
        profile_of(tmp_path).load_state_dict(state, 1, epoch_complete=True)
        table = rows(tmp_path)
        assert table["epoch"] == [1]
        assert table["evaluation_seconds"] == [21]


def test_a_checkpoint_of_an_older_version_begins_the_table_later(tmp_path: Path) -> None:
    profile = profile_of(tmp_path)
    profile.load_state_dict(None, 7, epoch_complete=True)
    profile.begin()
    profile.end_epoch(8)
    assert rows(tmp_path)["epoch"] == [8]


def test_on_a_gpu_some_cycles_are_watched_and_stand_for_all(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[torch.device] = []

    def finish(device: torch.device) -> None:
        clock.now += 1000
        waited.append(device)

    monkeypatch.setattr(torch.cuda, "synchronize", finish)
    profile = profile_of(tmp_path, torch.device("cuda"))
    profile.begin()
    for _ in range(400):
        profile.begin_iteration()
        with profile.step("critic"):
            pass
    profile.end_epoch(1)
    table = rows(tmp_path)
    assert len(waited) == 4 * 5 + 3  # 400 iterations: one cycle of five in twenty, and before each but the first
    parts = sum(table[f"{part}_seconds"][0] for part in (*PARTS, "rest"))
    assert parts == pytest.approx(table["total_seconds"][0], rel=1e-6)


def test_the_columns_are_timings_and_the_same_everywhere() -> None:
    assert set(PROFILE_COLUMNS) - TIMING_COLUMNS == {"epoch"}
    assert {f"critic_{part}_seconds" for part in CRITIC_PARTS} <= set(PROFILE_COLUMNS)
