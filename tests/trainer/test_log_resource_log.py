from pathlib import Path

from tests.support.nvml import FakeNvml
from wavegan_src.metrics import TIMING_COLUMNS
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.gpus import Gpus
from wavegan_src.trainer.log import GPU_COLUMNS, RESOURCE_COLUMNS, ResourceLog
from wavegan_src.utils.csv_log import read_columns


def written(folder: RunFolder, gpus: Gpus, epochs: int) -> ResourceLog:
    import torch

    from wavegan_src.advanced_monitoring import ResourceMonitor

    log = ResourceLog(folder)
    monitor = ResourceMonitor(torch.device("cpu"), folder.root, gpus=lambda: gpus)
    for epoch in range(1, epochs + 1):
        log.write(epoch, monitor.read())
    return log


def test_a_row_per_epoch_and_one_per_epoch_and_gpu(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    log = written(folder, Gpus(FakeNvml()), 3)
    assert read_columns(folder.resource_csv)["epoch"] == [1, 2, 3]
    gpus = read_columns(folder.gpu_csv)
    assert gpus["epoch"] == [1, 1, 2, 2, 3, 3]
    assert gpus["gpu"] == [0, 1] * 3
    assert set(gpus["temperature_c"]) == {61.0}
    log.truncate_after(1)
    assert read_columns(folder.resource_csv)["epoch"] == [1]
    assert read_columns(folder.gpu_csv)["epoch"] == [1, 1]


def test_without_gpus_there_is_no_table_of_them(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    written(folder, Gpus(None), 1)
    assert folder.resource_csv.exists()
    assert not folder.gpu_csv.exists()


def test_all_but_names_are_timings() -> None:
    assert set(RESOURCE_COLUMNS) - TIMING_COLUMNS == {"epoch"}
    assert set(GPU_COLUMNS) - TIMING_COLUMNS == {"epoch", "gpu", "name"}
