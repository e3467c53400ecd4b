from pathlib import Path

import pytest

from wavegan_src.run.model_files import BEST_NAME, FINAL_NAME, model_file, model_name, rolling
from wavegan_src.run.pretrained import FILE, NAME
from wavegan_src.utils.errors import UserError


def test_the_bare_name_wins_and_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_file(NAME) == FILE
    assert model_name(FILE) == NAME
    assert model_file(Path(NAME)) == Path(NAME)
    assert model_file("./pretrained.tar") == Path("pretrained.tar")
    assert model_name(model_file("runs/a.tar")) == str(Path("runs/a.tar"))
    assert model_file("~/a.tar") == Path.home() / "a.tar"


def test_a_folder_is_a_run_and_means_its_best_model(tmp_path: Path) -> None:
    checkpoints = tmp_path / "run" / "checkpoints"
    checkpoints.mkdir(parents=True)
    with pytest.raises(UserError, match="no trained model in"):
        model_file(tmp_path / "run")
    for name in ("checkpoint_epoch_9.tar", "checkpoint_epoch_10.tar", FINAL_NAME, BEST_NAME):  # ever better
        (checkpoints / name).touch()
        assert model_file(tmp_path / "run") == model_file(checkpoints) == checkpoints / name
    assert [path.name for path in rolling(checkpoints)] == ["checkpoint_epoch_10.tar", "checkpoint_epoch_9.tar"]
