"""A third architecture takes one entry in the table: with it alone a run trains, resumes, generates and is judged."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.support.third_architecture import NAME, SPEC
from wavegan_src.architectures import table
from wavegan_src.cli.app import app
from wavegan_src.config_loader import validate
from wavegan_src.utils.errors import UserError


@pytest.fixture
def registered() -> Iterator[None]:
    table.register(SPEC)
    yield
    table.unregister(NAME)


@pytest.fixture
def config(tiny_values: dict[str, Any], tmp_path: Path, registered: None) -> Path:
    del registered
    tiny_values["model"] = {"architecture": NAME, "latent_dim": 4}
    path = tmp_path / "tones.json"
    path.write_text(json.dumps(tiny_values))
    return path


def run(*arguments: object) -> None:
    """The command line, in this process."""
    app([str(argument) for argument in arguments], standalone_mode=False)


def epochs(folder: Path) -> list[dict[str, str]]:
    with (folder / "epochs_statistics" / "epoch_statistics.csv").open() as file:
        return list(csv.DictReader(file))


def test_it_trains_resumes_generates_and_is_evaluated_and_reported(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    run("--config", config, "--dry-run")
    assert "30 parameters" in capsys.readouterr().out  # 4 factors and a bias for each of 6 tones
    run("--config", config, "--epochs", 1)
    run("--config", config, "--epochs", 3)
    assert [row["epoch"] for row in epochs(folder)] == ["1", "2", "3"]

    run("--config", config, "--generate-only", 2, "--seconds", 0.25)
    for path in (folder / "generated").glob("*.wav"):
        assert soundfile.info(path).frames == 2048
    run("--config", config, "--generate-only", 2)
    assert len(list((folder / "generated").glob("*.wav"))) == 4

    run("evaluate", "--config", config, "--count", 4, "--measures", "long_term_spectrum", "--workers", 1)
    assert (folder / "evaluation" / "evaluation.json").exists()

    run("report", folder)
    assert "Difference of levels" in (folder / "report.html").read_text()
    capsys.readouterr()
    run("status", folder, "--json")
    assert json.loads(capsys.readouterr().out)["epoch"] == 3


def test_its_model_is_one_to_start_from(config: Path, tmp_path: Path) -> None:
    run("--config", config, "--epochs", 1)
    model = tmp_path / "run" / "checkpoints" / "final_model.tar"
    run("--config", config, "--epochs", 1, "--init", model, "--output-dir", tmp_path / "next")
    assert len(epochs(tmp_path / "next")) == 1


@pytest.mark.usefixtures("registered")
def test_keys_that_it_does_not_have_are_refused(tiny_values: dict[str, Any]) -> None:
    tiny_values["model"] = {"architecture": NAME, "latent_dim": 4}
    assert validate(tiny_values, "test").model.architecture == NAME
    tiny_values["training"]["precision"] = "bfloat16"
    with pytest.raises(UserError, match=r"training\.precision .*model\.architecture \"tones\": remove it"):
        validate(tiny_values, "test")


def test_a_name_that_is_not_in_the_table_is_refused_with_the_known_and_the_nearest(tiny_values: dict[str, Any]) -> None:
    tiny_values["model"] = {"architecture": "engin"}
    with pytest.raises(UserError, match=r'"engin": it must be one of "wavegan", "engine", "drive"; .* "engine"'):
        validate(tiny_values, "test")
