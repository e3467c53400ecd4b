"""The resources that a run uses: processor, memory, disk and every GPU, sampled in the background.

Figures that this machine cannot give (no NVIDIA GPU, no driver) are None. All durations come from monotonic clocks, so
that a change of the wall clock does no harm.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from wavegan_src.run.gpus import GpuFigures, Gpus, open_gpus
from wavegan_src.run.memory_trend import Leak, MemoryTrend, hand_back_freed_memory
from wavegan_src.utils.format import MEBIBYTE, format_mebibytes

# The sampling thread takes at most this share of one core's time: if sampling is slow, it samples less often.
LARGEST_COST = 0.004
THREAD_NAME = "resource-monitor"
GPU_FIGURES = ("percent", "memory_mb", "memory_total_mb", "temperature_c", "power_w")


@dataclass(frozen=True)
class Sample:
    """The machine at one moment; shares of time are measured since the previous sample."""

    cpu_percent: float | None  # this process, 100 = one core
    machine_cpu_percent: float | None  # all processes, 100 = all cores
    memory_mb: float  # resident set of this process
    available_mb: float  # memory still available on the machine
    disk_free_mb: float | None  # where the run writes
    gpus: tuple[GpuFigures, ...]

    def words(self) -> list[str]:
        """A line for the machine and one per GPU, for the live display."""
        parts = [
            _part(self.cpu_percent, "CPU {:.0f} %"),
            _part(self.machine_cpu_percent, "(machine {:.0f} %)"),
            f"memory {format_mebibytes(self.memory_mb)} ({format_mebibytes(self.available_mb)} left)",
            "" if self.disk_free_mb is None else f"disk {format_mebibytes(self.disk_free_mb)} free",
        ]
        return [_join(parts), *(gpu_words(gpu) for gpu in self.gpus)]


@dataclass(frozen=True)
class GpuSpan:
    """One GPU over a span of time."""

    index: int
    name: str
    percent: float | None  # mean
    memory_mb: float | None  # largest
    memory_total_mb: float | None
    temperature_c: float | None  # highest
    power_w: float | None  # mean


@dataclass(frozen=True)
class Resources:
    """Use of the machine over a span of time."""

    cpu_percent: float | None  # mean of this process, 100 = one core
    memory_mb: float | None  # largest resident set of this process
    gpu_percent: float | None  # mean utilisation of the training's GPU by all processes
    gpu_memory_mb: float | None  # peak memory of PyTorch on the GPU
    machine_cpu_percent: float | None  # mean of all processes, 100 = all cores
    available_mb: float | None  # least memory available on the machine
    disk_free_mb: float | None  # least free space where the run writes
    gpus: tuple[GpuSpan, ...]  # every GPU of the machine


class ResourceMonitor:
    """Samples once a second in its own thread; `read` gives the figures since the last `read`.

    Args:
        device: the device that trains.
        folder: where the run writes.
        interval_s: time between samples; longer if sampling would cost more than `LARGEST_COST`.
        gpus: opens the GPUs.
    """

    def __init__(
        self, device: torch.device, folder: Path, interval_s: float = 1.0, gpus: Callable[[], Gpus] = open_gpus
    ):
        self._device = device
        self._folder = folder
        self._interval_s = interval_s
        self._process = psutil.Process()
        self._gpus = gpus()
        self._own_gpu = _nvml_index(self._gpus, device)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._trend = MemoryTrend()
        self._span_start = self._last_clocks = self._clocks()
        self._span = _Span()
        self._latest = self.sample()
        self._seconds_sampling = 0.0

    def __enter__(self) -> "ResourceMonitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._gpus.close()

    def read(self) -> Resources:
        """Return the figures since the last call, and start a new span."""
        self.sample()
        with self._lock:
            span, self._span = self._span, _Span()
            start, self._span_start = self._span_start, self._clocks()
            cpu, machine = _use(start, self._span_start)
        gpus = span.gpus()
        return Resources(
            cpu_percent=cpu,
            memory_mb=span.memory_mb.high,
            gpu_percent=next((gpu.percent for gpu in gpus if gpu.index == self._own_gpu), None),
            gpu_memory_mb=self._peak_gpu_memory(),
            machine_cpu_percent=machine,
            available_mb=span.available_mb.low,
            disk_free_mb=span.disk_free_mb.low,
            gpus=gpus,
        )

    def latest(self) -> Sample:
        """The newest sample, without taking one."""
        return self._latest

    def leak(self) -> Leak | None:
        """Whether this process's memory has grown steadily since it warmed up."""
        with self._lock:
            return self._trend.leak()

    def memory_mb(self) -> float:
        """Resident set of this process now, in MiB."""
        return float(self._process.memory_info().rss / MEBIBYTE)

    @property
    def seconds_sampling(self) -> float:
        """Processor time that the background thread has used so far, in s."""
        return self._seconds_sampling

    def _run(self) -> None:
        wait_s = self._interval_s
        while not self._stop.wait(wait_s):
            before = time.thread_time()
            self.sample()
            cost = time.thread_time() - before
            self._seconds_sampling += cost
            wait_s = max(self._interval_s, cost / LARGEST_COST)

    def sample(self) -> Sample:
        """Take a sample now."""
        with self._lock:
            before, self._last_clocks = self._last_clocks, self._clocks()
            cpu, machine = _use(before, self._last_clocks)
            now = time.monotonic()
            if self._trend.begins_span(now):
                hand_back_freed_memory()
            sample = Sample(
                cpu_percent=cpu,
                machine_cpu_percent=machine,
                memory_mb=self.memory_mb(),
                available_mb=psutil.virtual_memory().available / MEBIBYTE,
                disk_free_mb=free_space_mb(self._folder),
                gpus=self._gpus.read(),
            )
            self._span.add(sample)
            self._trend.add(now, sample.memory_mb)
            self._latest = sample
        return sample

    def _clocks(self) -> "_Clocks":
        own, machine = self._process.cpu_times(), psutil.cpu_times()
        idle = machine.idle + getattr(machine, "iowait", 0.0)
        # Linux counts a guest's time also in the time of the process that runs it.
        total = sum(machine) - getattr(machine, "guest", 0.0) - getattr(machine, "guest_nice", 0.0)
        return _Clocks(time.monotonic(), own.user + own.system, total - idle, total)

    def _peak_gpu_memory(self) -> float | None:
        if self._device.type != "cuda":
            return None
        peak = torch.cuda.max_memory_allocated(self._device) / MEBIBYTE
        torch.cuda.reset_peak_memory_stats(self._device)
        return peak


@dataclass(frozen=True)
class _Clocks:
    """Seconds on four monotonic clocks."""

    wall: float
    process: float  # processor time of this process
    busy: float  # of all cores together
    total: float


class _Tally:
    """Mean, lowest and highest measured value; None if nothing was measured."""

    def __init__(self) -> None:
        self._count = 0
        self._total = 0.0
        self.low: float | None = None
        self.high: float | None = None

    def add(self, value: float | None) -> None:
        if value is None:
            return
        self._count += 1
        self._total += value
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)

    @property
    def mean(self) -> float | None:
        return self._total / self._count if self._count else None


class _Span:
    """The summary of many samples; its size does not grow with their number."""

    def __init__(self) -> None:
        self.memory_mb, self.available_mb, self.disk_free_mb = _Tally(), _Tally(), _Tally()
        self._gpus: dict[int, tuple[GpuFigures, dict[str, _Tally]]] = {}

    def add(self, sample: Sample) -> None:
        self.memory_mb.add(sample.memory_mb)
        self.available_mb.add(sample.available_mb)
        self.disk_free_mb.add(sample.disk_free_mb)
        for gpu in sample.gpus:
            _, tallies = self._gpus.setdefault(gpu.index, (gpu, {name: _Tally() for name in GPU_FIGURES}))
            for name, tally in tallies.items():
                tally.add(getattr(gpu, name))

    def gpus(self) -> tuple[GpuSpan, ...]:
        return tuple(
            GpuSpan(
                index=index,
                name=gpu.name,
                percent=tallies["percent"].mean,
                memory_mb=tallies["memory_mb"].high,
                memory_total_mb=tallies["memory_total_mb"].high,
                temperature_c=tallies["temperature_c"].high,
                power_w=tallies["power_w"].mean,
            )
            for index, (gpu, tallies) in sorted(self._gpus.items())
        )


def free_space_mb(folder: Path) -> float | None:
    """Free space in MiB on the disk of a folder; None if the system does not say."""
    try:
        return shutil.disk_usage(folder).free / MEBIBYTE
    except OSError:
        return None


def gpu_words(gpu: GpuFigures | GpuSpan) -> str:
    """One GPU's figures in a line."""
    parts = [
        f"GPU {gpu.index}",
        _part(gpu.percent, "{:.0f} %"),
        "" if gpu.memory_mb is None else format_mebibytes(gpu.memory_mb),
        _part(gpu.temperature_c, "{:.0f} °C"),
        _part(gpu.power_w, "{:.0f} W"),
    ]
    return _join(parts)


def _use(start: _Clocks, end: _Clocks) -> tuple[float | None, float | None]:
    """Percent of a core that this process used, and of all cores that all processes used; None if no time passed."""
    wall, total = end.wall - start.wall, end.total - start.total
    return (
        100 * (end.process - start.process) / wall if wall > 0 else None,
        100 * (end.busy - start.busy) / total if total > 0 else None,
    )


def _nvml_index(gpus: Gpus, device: torch.device) -> int | None:
    """The driver's index of the GPU that PyTorch uses, which differs under CUDA_VISIBLE_DEVICES."""
    if device.type != "cuda":
        return None
    uuid = getattr(torch.cuda.get_device_properties(device), "uuid", None)  # missing in older PyTorch
    return None if uuid is None else gpus.index_of(f"GPU-{uuid}")


def _part(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _join(parts: Iterable[str]) -> str:
    return "  ".join(part for part in parts if part)
