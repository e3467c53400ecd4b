from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from wavegan_src.cli.train import train
from wavegan_src.config_loader import load_config, validate
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.ending.interruptions import is_out_of_memory, smaller_batch
from wavegan_src.utils.errors import UserError


@pytest.mark.parametrize(("batch", "advised"), [(128, 32), (64, 32), (32, 16), (2, 1), (1, 1)])
def test_the_advised_batch_is_the_descriptions_or_half(batch: int, advised: int) -> None:
    assert smaller_batch(load_config("config", {"training.batch_size": batch}).training) == advised


def test_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as real:
        torch.empty(2**55)
    assert is_out_of_memory(real.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    assert not is_out_of_memory(RuntimeError("shape mismatch"))


@pytest.mark.parametrize("obstacle", ["cache", "silence", "one clip"])
def test_what_a_new_run_cannot_use_leaves_the_old_one_where_it_is(
    obstacle: str, tiny_values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 8192)
    recordings = {
        "cache": {"a.wav": noise, "b.wav": noise[::-1]},
        "silence": {"a.wav": np.zeros(8192), "b.wav": np.zeros(8192)},
        "one clip": {"a.wav": noise, "b.wav": np.zeros(8192)},  # by its header the second is as good
    }[obstacle]
    (tmp_path / "data").mkdir()
    for name, clip in recordings.items():
        soundfile.write(tmp_path / "data" / name, clip, 8192)
    if obstacle == "cache":
        (tmp_path / "cache").write_text("a file, not a folder")
        monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path / "cache"))
    tiny_values["dataset"] = {"source": "folder", "base_path": str(tmp_path / "data"), "short_clips": "drop"}
    tiny_values["audio"] = {"sample_rate": 8192, "audio_length_seconds": 1.0, "audio_length_samples": 8192}
    if obstacle == "one clip":
        tiny_values["dataset"]["validation_fraction"] = 0.0
        tiny_values["model"] = {"architecture": "engine"}
    tiny_values["output"]["output_dir"] = str(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    folder.create()
    with pytest.raises(UserError, match={"cache": "cache", "silence": "silent", "one clip": "only 1"}[obstacle]):
        train(validate(tiny_values, "test"), fresh=True)
    assert list(tmp_path.glob("run*")) == [folder.root]


def test_an_old_run_that_cannot_be_moved_is_told_before_recordings_are_decoded(
    tiny_values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_values["output"]["output_dir"] = str(tmp_path / "photographs")
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "engine.jpg").write_text("")
    monkeypatch.setattr("wavegan.training.open_dataset", lambda *_, **__: pytest.fail("decoded for nothing"))
    with pytest.raises(UserError, match=r"--fresh renames .*--output-dir"):
        train(validate(tiny_values, "test"), fresh=True)
