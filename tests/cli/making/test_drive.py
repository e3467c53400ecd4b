"""Driving as a user does, with a model of one epoch; and a run of the drive model from start to resuming."""

import json
import os
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import soundfile
import torch

import wavegan
from tests.support.audio import tree_bytes
from tests.support.cli import RunCli, run_here
from tests.support.pictures import DRAW_PLOTS, draw_blank
from tests.support.runs import same, tiny
from wavegan_src.cli.making import drive_options

PARTS = ("generator_ema", "generator", "discriminator", "generator_optimizer", "discriminator_optimizer", "epoch")


@pytest.fixture(scope="module")
def driven(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `run` after two epochs of the drive model at once, and `parts`, which were trained one by one."""
    folder = tmp_path_factory.mktemp("driven")
    labelled = folder / "recordings"
    labelled.mkdir()
    for number, sound in enumerate(sorted(recordings.glob("*.wav"))[:4]):
        start = 1000 + 200 * number
        shutil.copy(sound, labelled)
        (labelled / sound.name).with_suffix(".csv").write_text(f"time_s,rpm,load\n0,{start},0\n9,{3 * start},1\n")
    with mock.patch(DRAW_PLOTS, draw_blank):
        for name, parts in (("parts", (1, 2)), ("run", (2,))):
            for epochs in parts:
                values = tiny(labelled, Path(name))
                values["model"] = {"latent_dim": 8, "model_dim": 12}
                values["training"] |= {"n_critic": 1, "gp_weight": 0.05, "epochs": epochs, "batch_size": 4}
                (folder / "c.json").write_text(json.dumps(values))
                done = run_here("--config", "c.json", "--architecture", "drive", cwd=folder)
                assert done.returncode == 0, done.stderr
                assert "The engine's speed is known in " in done.stdout
    return folder


def test_an_interrupted_run_is_one_that_was_not(driven: Path) -> None:
    states: list[dict[str, Any]] = [
        torch.load(driven / name / "checkpoints" / "final_model.tar", weights_only=True) for name in ("parts", "run")
    ]
    assert states[0]["epoch"] == 2
    assert same(*({key: state[key] for key in PARTS} for state in states))


def test_a_drive_is_written_and_again_the_same(cli: RunCli, driven: Path, tmp_path: Path) -> None:
    options = ("--rpm", "1000:5000", "--load", "0:1", "--seconds", "0.4", "--count", "2")
    for name in ("a", "b"):
        done = cli("drive", "--checkpoint", str(driven / "run"), *options, "--out", name)
        assert done.returncode == 0, done.stderr
    assert tree_bytes(tmp_path / "a") == tree_bytes(tmp_path / "b")
    written = {path.name for path in (tmp_path / "a").iterdir() if not path.name.startswith(".")}
    assert written == {f"drive_seed000{seed}.{suffix}" for seed in (17, 18) for suffix in ("wav", "csv", "png")}
    assert soundfile.info(tmp_path / "a" / "drive_seed00017.wav").frames == round(0.4 * 8192)
    lines = (tmp_path / "a" / "drive_seed00018.csv").read_text().splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("time_s,rpm,load", "0,1000,0", "0.4,5000,1")
    assert "2 engines from 1000 to 5000 rpm, 0.4 s" in done.stdout
    assert "is extrapolated" in done.stdout  # the fastest recording ends near 4000 rpm


def test_a_table_is_driven(cli: RunCli, driven: Path, tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("time_s,rpm\n0,1500\n0.1,1600\n0.2,1500\n")
    done = cli("drive", "--checkpoint", str(driven / "run"), "--curve", "curve.csv", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "extrapolated" not in done.stdout
    assert (tmp_path / "drive" / "drive_seed00003.csv").read_text().splitlines()[1] == "0,1500,"


def test_the_engine_of_a_recording_is_found(
    cli: RunCli, driven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive's own sound is a recording, and its curve the labels beside it."""
    monkeypatch.setattr(drive_options, "LIKE_AMONG", 4)
    model = ("drive", "--checkpoint", str(driven / "run"), "--rpm", "1200:2000", "--seconds", "0.8")
    assert cli(*model, "--seed", "2", "--out", "recorded").returncode == 0
    done = cli(*model, "--like", "recorded/drive_seed00002.wav")
    assert done.returncode == 0, done.stderr
    assert "Of 4 engines, seed 2 is most like drive_seed00002.wav: " in done.stdout
    assert (tmp_path / "drive" / "drive_seed00002.wav").is_file()
    noise = np.random.default_rng(0).normal(0, 0.1, 8192)
    soundfile.write(tmp_path / "noise.wav", noise, 8192)
    done = cli(*model, "--like", "noise.wav", "--out", "none")
    assert done.returncode == 2
    assert "is not certain: write its speed to noise.csv" in done.stderr
    soundfile.write(tmp_path / "silent.wav", 0 * noise, 8192)
    (tmp_path / "silent.csv").write_text("time_s,rpm\n0,1200\n1,1300")
    done = cli(*model, "--like", "silent.wav", "--out", "none")
    assert (done.returncode, "silent.wav is silent in its first 12 s" in done.stderr) == (2, True)
    assert not (tmp_path / "none").exists()


def test_python_drives_as_the_command_does(cli: RunCli, driven: Path, tmp_path: Path) -> None:
    model = wavegan.load(driven / "run")
    sound = model.drive([1200, 2000], 0.5, seconds=0.2, seed=4)
    done = cli("drive", "--checkpoint", str(driven / "run"), "--rpm", "1200:2000", "--load", "0.5", "--seconds", "0.2",
               "--seed", "4", "--device", "cpu")  # fmt: skip
    assert done.returncode == 0, done.stderr
    written, _ = soundfile.read(tmp_path / "drive" / "drive_seed00004.wav", dtype="float32")
    assert abs(written - sound).max() < 1e-4
    with pytest.raises(wavegan.UserError, match="strokes is 3: give 2 or 4"):
        model.drive(strokes=3)


def test_the_model_generates_as_others_do(cli: RunCli, driven: Path) -> None:
    done = cli("--generate-only", "2", "--checkpoint", "run", "--output-dir", "made", "--seconds", "0.9", cwd=driven)
    assert done.returncode == 0, done.stderr
    made = sorted((driven / "made" / "generated").glob("*.wav"))
    assert [soundfile.info(path).frames for path in made] == 2 * [round(0.9 * 8192)]


def test_a_model_without_speeds_is_refused_with_the_cure(cli: RunCli, trained: Path) -> None:
    done = cli("drive", "--checkpoint", str(trained / "run"))
    assert done.returncode == 2
    assert "trained without engine speeds" in done.stderr
    assert "--config config_fast" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rpm", "0:3000"), "The rpm is 0"),
        (("--rpm", "100000"), "The rpm is 100000"),
        (("--rpm", "fast"), "--rpm fast: give a number"),
        (("--rpm", "30"), "turns per second"),
        (("--load", "1.5"), "The load is 1.5"),
        (("--load", "nan"), "--load nan"),
        (("--seconds", "36001"), "to 36000 s"),
        (("--seconds", "1e-6"), "1e-06 s: give a length from 0.1"),
        (("--rpm", ""), "--rpm : give a number"),
        (("--load", "50%"), "such as 0.2:1"),
        (("--seed", "4294967295", "--count", "2"), "The seeds 4294967295 to 4294967296 are out of range"),
        (("--seconds", "0"), "0 s: give a length"),
        (("--strokes", "3"), "--strokes 3: give 2 or 4"),
        (("--seed", "-1"), "The seed -1 is out of range"),
        (("--curve", "curve.csv", "--rpm", "3000"), "leave --rpm, --load and --seconds out"),
        (("--curve", "missing.csv"), "missing.csv cannot be read"),
        (("--curve", "pipe.csv"), "pipe.csv cannot be read"),
        (("--curve", "."), "cannot be read"),
        (("--curve", "hertz.csv"), "looks like turns per second"),
        (("--out", "file"), "--out"),
        (("--like", "missing.wav"), "missing.wav does not exist"),
        (("--like", "missing.wav", "--seed", "3"), "leave --seed and --count out"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    cli: RunCli, driven: Path, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "hertz.csv").write_text("time_s,rpm\n0,13\n1,100\n")
    (tmp_path / "file").write_text("")
    done = cli("drive", "--checkpoint", str(driven / "run"), *options)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.wav"))
