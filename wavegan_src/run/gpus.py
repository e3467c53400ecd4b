"""Every NVIDIA GPU of this machine, as its driver's own library (NVML) sees it.

Without a GPU, a driver or the library the list is empty, without a warning. A figure that the driver does not give is
None; a driver that fails in the middle of a run never ends the run.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from wavegan_src.utils.format import MEBIBYTE

MILLIWATT = 1e-3
TEMPERATURE_GPU = 0  # NVML's name for the sensor on the chip
GIVEN_UP_AFTER = 5  # readings in a row without a single figure: the GPU fell off the bus, or the driver was replaced

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class GpuFigures:
    """One GPU at one moment, used by all processes together; None where the driver has no figure."""

    index: int  # the driver's, which CUDA_VISIBLE_DEVICES does not change
    name: str
    percent: float | None  # share of the time in which a kernel ran
    memory_mb: float | None
    memory_total_mb: float | None
    temperature_c: float | None
    power_w: float | None

    @property
    def measured(self) -> bool:
        """Whether there is any figure at all."""
        return any(value is not None for value in (self.percent, self.memory_mb, self.temperature_c, self.power_w))


@dataclass
class _Device:
    index: int
    handle: Any
    name: str
    failures: int = 0  # readings in a row without a figure


class Gpus:
    """The GPUs of the machine; `read` asks each of them."""

    def __init__(self, nvml: Any | None):
        self._nvml = nvml
        self._devices = _devices(nvml) if nvml is not None else []

    def __len__(self) -> int:
        return len(self._devices)

    def index_of(self, uuid: str) -> int | None:
        """The index of the GPU with this identifier ("GPU-1234..."); None if there is no such GPU."""
        nvml: Any = self._nvml
        for device in self._devices:
            if _text(_ask(nvml.nvmlDeviceGetUUID, device.handle)) == uuid:
                return device.index
        return None

    def read(self) -> tuple[GpuFigures, ...]:
        """Figures of all GPUs now; a GPU that stopped answering is left out for good."""
        found = []
        for device in self._devices:
            if device.failures >= GIVEN_UP_AFTER:
                continue
            figures = self._figures(device)
            device.failures = 0 if figures.measured else device.failures + 1
            found.append(figures)
        return tuple(found)

    def close(self) -> None:
        """Release the driver."""
        if self._nvml is not None:
            _ask(self._nvml.nvmlShutdown)

    def _figures(self, device: _Device) -> GpuFigures:
        nvml: Any = self._nvml
        memory = _ask(lambda: nvml.nvmlDeviceGetMemoryInfo(device.handle))
        return GpuFigures(
            index=device.index,
            name=device.name,
            percent=_ask(lambda: float(nvml.nvmlDeviceGetUtilizationRates(device.handle).gpu)),
            memory_mb=_ask(lambda: float(memory.used / MEBIBYTE)) if memory is not None else None,
            memory_total_mb=_ask(lambda: float(memory.total / MEBIBYTE)) if memory is not None else None,
            temperature_c=_ask(lambda: float(nvml.nvmlDeviceGetTemperature(device.handle, TEMPERATURE_GPU))),
            power_w=_ask(lambda: MILLIWATT * nvml.nvmlDeviceGetPowerUsage(device.handle)),
        )


def open_gpus() -> Gpus:
    """All GPUs of the machine; none if the library or the driver is missing."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return Gpus(None)
    return Gpus(nvml if _ask(lambda: (nvml.nvmlInit(),)) is not None else None)


def _devices(nvml: Any) -> list[_Device]:
    found = []
    for index in range(_ask(nvml.nvmlDeviceGetCount) or 0):
        handle = _ask(nvml.nvmlDeviceGetHandleByIndex, index)
        if handle is not None:
            found.append(_Device(index, handle, _text(_ask(nvml.nvmlDeviceGetName, handle)) or f"GPU {index}"))
    return found


def _ask(question: Callable[..., Answer], *arguments: Any) -> Answer | None:
    """The driver's answer, or None if it has none.

    Everything is caught: besides NVML's own errors the bindings raise whatever a foreign driver makes of them (missing
    functions, undecodable names), and a monitor must never end a training.
    """
    try:
        return question(*arguments)
    except Exception:
        return None


def _text(name: str | bytes | None) -> str | None:
    """Older bindings give bytes."""
    return name.decode(errors="replace") if isinstance(name, bytes) else name
