"""Generating as a user does: one sound again, between two, edited latents, and compared with the training clips."""

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.cli import Completed, RunCli


@pytest.fixture
def in_run(cli: RunCli, trained: Path, tmp_path: Path) -> RunCli:
    """The command line in a folder with a run of one epoch, named by c.json."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)

    def run(*arguments: str, **options: Any) -> Completed:
        result = cli("--config", "c.json", *arguments, **options)
        assert "Traceback" not in result.stderr
        return result

    return run


def rows(folder: Path) -> dict[str, dict[str, str]]:
    lines = (folder / "generated.csv").read_text().splitlines()
    return {row["file"]: row for row in csv.DictReader(lines)}


def test_a_designers_session(in_run: RunCli, recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "generated"
    first = in_run("--generate-only", "3", "--seed", "16", "--save-latents")
    assert first.returncode == 0, first.stderr
    assert "seed 16 to 18" in first.stdout
    assert "is too small to choose a model by" in first.stdout
    assert "Nearest training clips are in generated.csv" in first.stdout
    sound = (folder / "generated_seed00017.wav").read_bytes()
    for row in rows(folder).values():
        assert row["nearest_training_clip"].partition(" @ ")[0] in {path.name for path in recordings.iterdir()}
        assert float(row["distance"]) > 0

    again = in_run("--generate-only", "1", "--seed", "17")
    assert "1 clip in " in again.stdout
    assert (folder / "generated_seed00017.wav").read_bytes() == sound
    assert "replaced" not in again.stdout  # by the same model: nothing is lost

    path = folder / "latents_seed00016_to_00018.npy"
    latents = np.load(path)
    assert (latents.shape, latents.dtype) == ((3, 4), np.float32)
    np.save(tmp_path / "mine.npy", latents[1:2])
    edited = in_run("--latents", "mine.npy")
    assert edited.returncode == 0, edited.stderr
    assert (folder / "generated_mine_row00000.wav").read_bytes() == sound
    np.save(path, latents + 1)
    kept = in_run("--generate-only", "3", "--seed", "16", "--save-latents")
    assert kept.returncode == 2
    assert "rename or delete it" in kept.stderr
    np.testing.assert_array_equal(np.load(path), latents + 1)

    way = in_run("--interpolate", "17:40:3", "--truncation", "1")
    assert way.returncode == 0, way.stderr
    assert "from seed 17 to seed 40" in way.stdout
    assert (folder / "generated_seed00017_to_seed00040_01_of_03.wav").read_bytes() == sound
    assert set(rows(folder)) == {file.name for file in folder.glob("*.wav")}


def test_moved_recordings_are_named_with_data(in_run: RunCli, tmp_path: Path, recordings: Path) -> None:
    fresh = {"WAVEGAN_CACHE": str(tmp_path / "another cache")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*next(iter(fresh.items())))
        bare = in_run("--generate-only", "1")
        assert "name them with --data FOLDER" in bare.stdout
        named = in_run("--generate-only", "1", "--data", str(recordings))
        assert "Nearest training clips are in generated.csv" in named.stdout
        assert "are not the ones" not in named.stdout
        missing = in_run("--generate-only", "1", "--data", "nowhere")
        assert (missing.returncode, "nowhere" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [("--latents", "nan.npy"), ("--latents", "wrong.npy"), ("--generate-only", "2", "--truncation", "0")],
)
def test_bad_input_writes_nothing(in_run: RunCli, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    np.save(tmp_path / "nan.npy", np.full((2, 4), np.nan))
    np.save(tmp_path / "wrong.npy", np.zeros((2, 5)))
    result = in_run(*arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run" / "generated").exists()


def test_a_configuration_of_other_networks_is_said_to_have_no_effect(in_run: RunCli, cli: RunCli) -> None:
    own = in_run("--generate-only", "1")
    assert "networks of its own" not in own.stdout
    other = cli("--config", "config_fast", "--output-dir", "run", "--generate-only", "1")
    assert other.returncode == 0, other.stderr
    assert "--config config_fast does not set model.architecture to drive (the model has wavegan)" in other.stdout
    bare = cli("--output-dir", "run", "--generate-only", "1")
    assert "networks of its own" not in bare.stdout
