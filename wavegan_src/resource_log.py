"""The machine's figures as tables: a row per epoch, and a row per epoch and GPU where there are GPUs."""

from wavegan_src.advanced_monitoring import Resources
from wavegan_src.metrics import CsvLog
from wavegan_src.run_folder import RunFolder

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
    """Writes `resources.csv`, and `gpus.csv` on a machine that has some."""

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

    def forget_after(self, epoch: int) -> None:
        """Drop the rows that were written after the checkpoint the run resumes from."""
        self._machine.keep_until("epoch", epoch)
        self._gpus.keep_until("epoch", epoch)
