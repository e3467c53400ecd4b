"""A driver's library for GPUs that are not there."""

from types import SimpleNamespace
from typing import Any


class FakeNVMLError(Exception):
    pass


class FakeNvml:
    """Two GPUs with fixed figures; `broken` names the functions that raise from now on."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.closed = False

    def _answer(self, function: str, value: Any) -> Any:
        if function in self.broken or "all" in self.broken:
            raise FakeNVMLError(function)
        return value

    def nvmlInit(self) -> None:  # noqa: N802
        return self._answer("nvmlInit", None)  # type: ignore[no-any-return]

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.closed = True

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return self._answer("nvmlDeviceGetCount", 2)  # type: ignore[no-any-return]

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return self._answer(f"nvmlDeviceGetHandleByIndex{index}", index)  # type: ignore[no-any-return]

    def nvmlDeviceGetName(self, handle: int) -> Any:  # noqa: N802
        return self._answer("nvmlDeviceGetName", b"Old Bindings" if handle else "New Bindings")

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return self._answer("nvmlDeviceGetUUID", f"GPU-{handle}{handle}")  # type: ignore[no-any-return]

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return self._answer("nvmlDeviceGetMemoryInfo", SimpleNamespace(used=3 * 2**30, total=80 * 2**30))

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        return self._answer("nvmlDeviceGetUtilizationRates", SimpleNamespace(gpu=40 + handle, memory=1))

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:  # noqa: N802
        return self._answer("nvmlDeviceGetTemperature", 61 + sensor)  # type: ignore[no-any-return]

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        return self._answer("nvmlDeviceGetPowerUsage", 250_500)  # type: ignore[no-any-return]
