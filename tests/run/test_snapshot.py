from pathlib import Path

import pytest

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.run.snapshot import with_whole_paths


def test_recordings_cache_and_model_are_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    values = {
        "dataset": {"base_path": "clips", "cache_dir": "cache"},
        "training": {"init": "other/run"},
        "output": {"output_dir": "run"},
    }
    kept = with_whole_paths(validate(values, "test"))
    assert Path(kept.dataset.base_path) == tmp_path / "clips"
    assert kept.dataset.cache_dir == str(tmp_path / "cache")
    assert kept.training.init == str(tmp_path / "other" / "run")
    assert kept.output.output_dir == "run"
    assert with_whole_paths(kept) == kept


def test_what_is_no_path_stays() -> None:
    for values in ({"training": {"init": "pretrained"}}, {"dataset": {"source": "procedural"}}):
        config = validate(values, "test")
        assert with_whole_paths(config).training.init == config.training.init
    assert with_whole_paths(config).dataset == config.dataset
    assert with_whole_paths(Config()).training.init is None
