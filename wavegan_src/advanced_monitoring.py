"""What a run takes of the machine: processor, memory and GPU, sampled in the background.

Figures that this machine cannot give (no NVIDIA GPU, no driver) are None.
"""

import threading
from dataclasses import dataclass
from typing import Any

import psutil
import torch

MEGABYTE = 2**20


@dataclass(frozen=True)
class Resources:
    """Use of the machine over a span of time."""

    cpu_percent: float | None  # mean of this process, 100 = one core
    memory_mb: float | None  # largest resident set of this process
    gpu_percent: float | None  # mean utilisation of the GPU by all processes
    gpu_memory_mb: float | None  # largest memory that PyTorch held on the GPU


class ResourceMonitor:
    """Samples once a second in a thread of its own; `read` gives the figures since the last `read`."""

    def __init__(self, device: torch.device, interval_s: float = 1.0):
        self._device = device
        self._interval_s = interval_s
        self._process = psutil.Process()
        self._gpu = _nvml_handle(device)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resource-monitor", daemon=True)
        self._reset()

    def __enter__(self) -> "ResourceMonitor":
        self._process.cpu_percent()  # starts the measurement: the first call has no span to speak of
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def read(self) -> Resources:
        """Figures since the last call, and start a new span."""
        self._sample()
        with self._lock:
            cpu = self._process.cpu_percent()
            result = Resources(
                cpu_percent=cpu,
                memory_mb=self._memory / MEGABYTE,
                gpu_percent=sum(self._gpu_samples) / len(self._gpu_samples) if self._gpu_samples else None,
                gpu_memory_mb=self._peak_gpu_memory(),
            )
            self._reset()
        return result

    def memory_mb(self) -> float:
        """Resident set of this process now, in MiB."""
        return float(self._process.memory_info().rss / MEGABYTE)

    def _reset(self) -> None:
        self._memory = 0
        self._gpu_samples: list[float] = []

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self._sample()

    def _sample(self) -> None:
        with self._lock:
            self._memory = max(self._memory, self._process.memory_info().rss)
            utilization = self._gpu.utilization() if self._gpu is not None else None
            if utilization is not None:
                self._gpu_samples.append(utilization)

    def _peak_gpu_memory(self) -> float | None:
        if self._device.type != "cuda":
            return None
        peak = torch.cuda.max_memory_allocated(self._device) / MEGABYTE
        torch.cuda.reset_peak_memory_stats(self._device)
        return peak


class _NvmlGpu:
    """One NVIDIA GPU as its driver's library sees it."""

    def __init__(self, nvml: Any, handle: Any):
        self._nvml = nvml
        self._handle = handle

    def utilization(self) -> float | None:
        """Per cent, or None where the driver does not say: a monitor must never end a training."""
        try:
            return float(self._nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu)
        except self._nvml.NVMLError:
            return None


def _nvml_handle(device: torch.device) -> _NvmlGpu | None:
    if device.type != "cuda":
        return None
    import pynvml  # noqa: PLC0415  (useless without an NVIDIA GPU)

    try:
        pynvml.nvmlInit()
        uuid = torch.cuda.get_device_properties(device).uuid  # indices differ under CUDA_VISIBLE_DEVICES
        return _NvmlGpu(pynvml, pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}".encode()))
    except (pynvml.NVMLError, AttributeError):  # no driver library, or a PyTorch that does not tell the uuid
        return None
