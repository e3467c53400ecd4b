"""The figures of a run in progress: rows per iteration and per epoch, and the state saved in the middle of an epoch."""

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from wavegan_src.advanced_monitoring import ResourceMonitor, Resources
from wavegan_src.metrics import EPOCH_COLUMNS, ITERATION_COLUMNS, STEP_FIGURES
from wavegan_src.models.gan import AnyGAN, CriticStats, GeneratorStats
from wavegan_src.run.folder import RunFolder, number_in
from wavegan_src.utils.csv_log import CsvLog, Value
from wavegan_src.utils.files import make_own_folder

Figures = dict[str, float | None]


class TrainingLog:
    """Keeps the means of the epoch in progress and writes its rows.

    A run that resumes in the middle of an epoch from `state_dict` writes the same rows as an uninterrupted one.
    """

    def __init__(self, folder: RunFolder, monitor: ResourceMonitor, batch_size: int):
        self._folder = folder
        self._monitor = monitor
        self._batch_size = batch_size
        self._epoch_csv = CsvLog(folder.epoch_csv, EPOCH_COLUMNS)
        self._resource_log = ResourceLog(folder)
        self._critic = RunningMeans()
        self._generator = RunningMeans()
        self._last_critic: CriticStats | None = None
        self._last_generator: Tensor | None = None  # (loss, gradient norm) of the latest generator step of the run
        self._seconds_before = 0.0  # spent on this epoch before the interruption
        self._started = self._row_time = time.perf_counter()
        self._row_iteration: int | None = None  # iteration of the last row, for clips_per_second

    def add_critic(self, stats: CriticStats) -> None:
        """Add one critic step."""
        self._critic.add(stats)
        self._last_critic = stats

    def add_generator(self, stats: GeneratorStats) -> None:
        """Add one generator step."""
        self._generator.add(stats)
        self._last_generator = torch.stack(list(stats))

    def latest(self, gan: AnyGAN) -> Figures:
        """The figures of the latest steps, read from the device."""
        values: Figures = dict.fromkeys(STEP_FIGURES)
        if self._last_critic is not None:
            values |= dict(zip(CriticStats._fields, torch.stack(list(self._last_critic)).tolist(), strict=True))
        if self._last_generator is not None:
            values |= dict(zip(GeneratorStats._fields, self._last_generator.tolist(), strict=True))
        return values | _rates(gan)

    def write_iteration(self, epoch: int, gan: AnyGAN) -> None:
        """Append the row of the iteration just done."""
        now = time.perf_counter()
        done = gan.iteration - self._row_iteration if self._row_iteration is not None else 0
        span = now - self._row_time
        row: dict[str, Value] = {
            "epoch": epoch,
            "iteration": gan.iteration,
            "generator_step": gan.generator_step,
            **self.latest(gan),
            "clips_per_second": done * self._batch_size / span if done and span > 0 else None,
            "seconds": self._seconds(),
            "memory_mb": self._monitor.memory_mb(),
        }
        CsvLog(self._folder.iterations_csv(epoch), ITERATION_COLUMNS).append(row)
        self._row_time, self._row_iteration = now, gan.iteration

    def end_epoch(self, epoch: int, gan: AnyGAN) -> dict[str, Value]:
        """Append the epoch's row of means, start the next epoch, and return the row."""
        resources = self._monitor.read()
        seconds = self._seconds()
        row: dict[str, Value] = {
            "epoch": epoch,
            "iteration": gan.iteration,
            "generator_step": gan.generator_step,
            **self._critic.means(CriticStats._fields),
            **self._generator.means(GeneratorStats._fields),
            **_rates(gan),
            "clips_per_second": self._critic.count * self._batch_size / seconds,
            "seconds": seconds,
            "cpu_percent": resources.cpu_percent,
            "memory_mb": resources.memory_mb,
            "gpu_percent": resources.gpu_percent,
            "gpu_memory_mb": resources.gpu_memory_mb,
            "augmentation_strength": gan.augmentation_strength if gan.config.training.augmentation != "off" else None,
        }
        self._epoch_csv.append(row)
        self._resource_log.write(epoch, resources)
        self._critic, self._generator = RunningMeans(), RunningMeans()
        self._seconds_before = 0.0
        self.start_clock(gan.iteration)
        return row

    def start_clock(self, iteration: int) -> None:
        """Restart the clock, so that set-up and evaluation do not count as training time."""
        self._started = self._row_time = time.perf_counter()
        self._row_iteration = iteration

    def state_dict(self) -> dict[str, Any]:
        """The epoch in progress, as tensors and plain values."""
        return {
            "critic": self._critic.state_dict(),
            "generator": self._generator.state_dict(),
            "last_generator": None if self._last_generator is None else self._last_generator.cpu(),
            "seconds": self._seconds() if self._critic.count else 0.0,  # between epochs, evaluation runs
        }

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Continue the epoch in progress of a checkpoint."""
        self._critic.load_state_dict(state["critic"], device)
        self._generator.load_state_dict(state["generator"], device)
        last = state["last_generator"]
        self._last_generator = None if last is None else last.to(device)
        self._seconds_before = state["seconds"]

    def truncate_after(self, epoch: int, iteration: int) -> None:
        """Drop the rows that were written after the checkpoint the run resumes from."""
        self._epoch_csv.truncate_after("epoch", epoch)
        self._resource_log.truncate_after(epoch)
        for path in self._folder.iterations.glob("epoch_*/epoch_*_iterations.csv"):
            number = number_in("epoch_", path.parent.name)
            if number is None or number <= epoch:
                continue  # somebody else's copy; or complete, and there may be thousands
            make_own_folder(self._folder.root, self._folder.iterations.name, path.parent.name)  # no link
            table = CsvLog(path, ITERATION_COLUMNS)
            table.truncate_after("iteration", iteration)
            if not table.read():
                path.unlink()
                with contextlib.suppress(OSError):  # a file browser may have left a file in it
                    path.parent.rmdir()

    def _seconds(self) -> float:
        return self._seconds_before + time.perf_counter() - self._started


def _rates(gan: AnyGAN) -> Figures:
    generator, critic = gan.learning_rates()
    return {"learning_rate_critic": critic, "learning_rate_generator": generator}


RESOURCE_COLUMNS = (
    "epoch",
    "cpu_percent",
    "machine_cpu_percent",
    "memory_mb",
    "memory_available_mb",
    "disk_free_mb",
)
GPU_COLUMNS = (
    "epoch",
    "gpu",
    "name",
    "gpu_percent",
    "gpu_memory_mb",
    "gpu_memory_total_mb",
    "temperature_c",
    "power_w",
)


class ResourceLog:
    """Writes `resources.csv`, and `gpus.csv` on a machine with GPUs."""

    def __init__(self, folder: RunFolder):
        self._machine = CsvLog(folder.resource_csv, RESOURCE_COLUMNS)
        self._gpus = CsvLog(folder.gpu_csv, GPU_COLUMNS)

    def write(self, epoch: int, resources: Resources) -> None:
        """Append an epoch's rows."""
        self._machine.append(
            {
                "epoch": epoch,
                "cpu_percent": resources.cpu_percent,
                "machine_cpu_percent": resources.machine_cpu_percent,
                "memory_mb": resources.memory_mb,
                "memory_available_mb": resources.available_mb,
                "disk_free_mb": resources.disk_free_mb,
            }
        )
        for gpu in resources.gpus:
            self._gpus.append(
                {
                    "epoch": epoch,
                    "gpu": gpu.index,
                    "name": gpu.name,
                    "gpu_percent": gpu.percent,
                    "gpu_memory_mb": gpu.memory_mb,
                    "gpu_memory_total_mb": gpu.memory_total_mb,
                    "temperature_c": gpu.temperature_c,
                    "power_w": gpu.power_w,
                }
            )

    def truncate_after(self, epoch: int) -> None:
        """Drop the rows that were written after the checkpoint the run resumes from."""
        self._machine.truncate_after("epoch", epoch)
        self._gpus.truncate_after("epoch", epoch)


class RunningMeans:
    """Means of device scalars over an epoch, without reading the device at every step."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: Tensor | None = None

    def add(self, figures: Iterable[Tensor]) -> None:
        """Add one step's figures, always in the same order."""
        stacked = torch.stack(list(figures))
        if stacked.device.type != "mps":  # MPS has no float64
            stacked = stacked.double()
        self.sums = stacked if self.sums is None else self.sums + stacked
        self.count += 1

    def means(self, names: Sequence[str]) -> dict[str, float | None]:
        """The mean of each name; None if nothing was added. This reads the device."""
        if self.sums is None:
            return dict.fromkeys(names)
        return dict(zip(names, (self.sums / self.count).tolist(), strict=True))

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint in the middle of an epoch."""
        return {"count": self.count, "sums": None if self.sums is None else self.sums.cpu()}

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Restore the state from a checkpoint."""
        self.count = state["count"]
        self.sums = None if state["sums"] is None else state["sums"].to(device)
