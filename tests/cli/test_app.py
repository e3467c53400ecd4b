"""The command line as a user meets it: help, overrides, verbs, exit statuses and messages."""

import csv
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.support.cli import RunCli, cli_environment
from tests.support.run_folders import make_run
from wavegan_src import __version__
from wavegan_src.cli import app as cli
from wavegan_src.config_loader import load_config

OVERRIDES = {
    "--epochs": ("1", "training", "epochs", 1),
    "--batch-size": ("4", "training", "batch_size", 4),
    "--learning-rate": ("0.0002", "training", "learning_rate", 0.0002),
    "--num-workers": ("0", "training", "num_workers", 0),
    "--device": ("cpu", "training", "device", "cpu"),
    "--seed": ("123", "training", "seed", 123),
    "--output-dir": ("my_experiment", "output", "output_dir", "my_experiment"),
}


@pytest.fixture
def config_file(tiny_values: dict[str, Any], tmp_path: Path) -> str:
    tiny_values["training"]["epochs"] = 3
    path = tmp_path / "custom_config.json"
    path.write_text("// a comment, as in the description\n" + json.dumps(tiny_values))
    return path.name


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Standard error of a failed command: one or two lines, no traceback, status 2."""
    assert result.returncode == 2, (result.stdout, result.stderr)
    assert len(result.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in result.stderr
    return result.stderr


def test_help_teaches_every_option_and_verb(cli: RunCli) -> None:
    result = cli("--help")
    assert result.returncode == 0
    generating = ("--generate-only", "--checkpoint", "--save-latents", "--latents", "--interpolate", "--truncation")
    for option in (*OVERRIDES, *generating, "--seconds", "--init", "--config", "--data", "--dry-run", "--fresh"):
        assert option in result.stdout
    for verb in ("prepare", "synth"):
        assert verb in result.stdout
        assert cli(verb, "--help").returncode == 0


def test_light_commands_do_not_import_the_heavy_libraries(tmp_path: Path) -> None:
    """One process for all of them: what an earlier one imports, a later one may."""
    make_run(tmp_path / "run", load_config("config_test"), 3)
    code = (
        "import sys; from wavegan_src.cli.start import main\n"
        "def loaded(*names): return [name for name in names if name in sys.modules]\n"
        "def run(*arguments):\n"
        "    sys.argv[1:] = arguments\n"
        "    try: main()\n    except SystemExit: pass\n"
        "run('status', 'run'); print(loaded('typer', 'pydantic', 'numpy.ma', 'torch', 'matplotlib', 'soundfile'))\n"
        "run('--help'); print(loaded('pydantic', 'torch', 'matplotlib', 'soundfile'))\n"
        "run('--epoch', '3'); run('--config', 'missing'); print(loaded('torch', 'matplotlib', 'soundfile'))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=cli_environment(), cwd=tmp_path, check=True
    )
    assert [line for line in result.stdout.splitlines() if line.startswith("[")] == ["[]"] * 3
    assert "no such file" in result.stderr


def test_version(cli_process: RunCli) -> None:
    assert cli_process("--version").stdout.strip() == f"wavegan {__version__}"


def test_every_override_is_used_and_in_the_snapshot(cli: RunCli, config_file: str, tmp_path: Path) -> None:
    arguments = [part for option, (text, *_) in OVERRIDES.items() for part in (option, text)]
    result = cli("--config", config_file, *arguments)
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "run").exists()
    folder = tmp_path / "my_experiment" / "epochs_statistics"
    snapshot = json.loads((folder / "experiment_config.json").read_text())
    for text, section, key, value in OVERRIDES.values():
        assert snapshot[section][key] == value, text
    with (folder / "epoch_statistics.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    clips = snapshot["run_info"]["training_clips"]
    assert row["iteration"] == str(-(-clips // 4))
    assert float(row["learning_rate_critic"]) == float(row["learning_rate_generator"]) == 0.0002


def test_training_says_where_to_listen_and_look(cli: RunCli, config_file: str, tmp_path: Path) -> None:
    result = cli("--config", config_file)
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stdout.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 3  # not a terminal: one plain line per epoch
    assert all("Wasserstein estimate" in line and "ETA" in line for line in lines)
    for name in ("samples", "report.html"):
        assert str(tmp_path / "run" / name) in result.stdout


def test_data_option_overrides_a_procedural_preset(cli: RunCli, recordings: Path) -> None:
    result = cli("--config", "config_test", "--data", str(recordings), "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "8 recordings" in result.stdout


def test_dry_run_tells_everything_and_writes_nothing(cli: RunCli, config_file: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    result = cli("--config", config_file, "--dry-run")
    assert result.returncode == 0, result.stderr
    for word in ("parameters", "memory", "disk", "steps", "training", "validation", "nothing was trained"):
        assert word in result.stdout
    assert "begins  with random weights" in result.stdout
    assert sorted(tmp_path.iterdir()) == before


def test_dry_run_tells_where_a_run_would_go_on_or_why_not(cli: RunCli, config_file: str) -> None:
    def begins(*arguments: str) -> str:
        found = cli("--config", config_file, "--dry-run", *arguments)
        assert found.returncode == 0, found.stderr
        return " ".join(found.stdout.split())

    assert cli("--config", config_file, "--epochs", "1").returncode == 0
    assert "is finished (epoch 1); --fresh starts" in begins("--epochs", "1")
    going_on = begins("--num-workers", "3")
    assert "checkpoint_epoch_1.tar stopped (epoch 1, iteration " in going_on
    assert "changed training.num_workers: 1 in the checkpoint, 3 now" in going_on
    refused = cli("--config", config_file, "--seed", "77", "--dry-run")
    assert (refused.returncode, "training.seed: " in refused.stderr) == (2, True)
    assert "memory" in refused.stdout
    assert "begins with random weights" in begins("--seed", "77", "--fresh")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--config", "missing.json"), "no such file"),
        (("--epoch", "3"), "--epochs"),
        (("--epochs", "many"), "--epochs"),
        (("--epochs", "0"), "at least 1"),
        (("--batch-size", "-8"), "training.batch_size is -8 on the command line"),
        (("--learning-rate", "0"), "more than 0"),
        (("--device", "gpu9"), '"cuda:1"'),
        (("--checkpoint", "x.tar"), "--generate-only"),
        (("--generate-only", "3", "--fresh"), "--fresh belongs to training"),
        (("--generate-only", "3", "--dry-run"), "--dry-run belongs to training"),
        (("prepair", "raw"), "No such command"),
        (("--seed", "3", "synth", "out"), "--seed belongs to training"),
        (("prepare", "missing"), "missing"),
        (("synth", "out", "--count", "0"), "--count"),
        (("synth", "out", "--seconds", "0"), "--seconds 0: give at least 0.1."),
        (("evaluate", "--seconds", "nan"), "--seconds"),
        (("report",), "There is no folder output_wavegan: give the folder that a training wrote"),
        (("--generate-only", "3", "--epochs", "5"), "--epochs belongs to training"),
        ((), "three ways"),
    ],
)
def test_a_users_mistake_is_one_plain_line_with_the_cure(
    cli: RunCli, arguments: tuple[str, ...], expected: str
) -> None:
    message = one_line(cli(*arguments))
    if expected == "three ways":  # no data set where the production preset looks for it
        for way in ("../01_dataset_prep", "dataset.base_path", "--data", "prepare RAW", "config_test"):
            assert way in message
    else:
        assert expected in message


def test_anything_unforeseen_is_status_1_with_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr("wavegan_src.config_loader.load_config", fail)
    monkeypatch.setattr(sys, "argv", ["WaveGAN.py"])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError: unforeseen" in err
    assert "please report" in err


def test_report_without_a_folder_is_of_the_run_in_the_default_one(cli: RunCli, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "run", tmp_path / "output_wavegan")
    (tmp_path / "output_wavegan" / "report.html").unlink()
    result = cli("report")
    assert (result.returncode, result.stdout.strip()) == (0, str(Path("output_wavegan") / "report.html"))
    assert (tmp_path / "output_wavegan" / "report.html").exists()


def test_prepare_then_train(cli: RunCli, recordings: Path, config_file: str, tmp_path: Path) -> None:
    made = cli("prepare", str(recordings), "my clips", "--config", config_file)
    assert made.returncode == 0, made.stderr
    told = made.stdout.partition("Train on them: ")[2].splitlines()[0]
    assert shlex.split(told) == ["python", "WaveGAN.py", "--config", config_file, "--data", "my clips"]
    clips = sorted((tmp_path / "my clips").glob("train/*/*.wav"))
    assert soundfile.info(clips[0]).frames == 4096
    trained = cli(*shlex.split(told)[2:], "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    assert f"{len(clips)} training" in trained.stdout


def test_prepare_writes_to_the_configs_base_path_by_default(
    cli: RunCli, recordings: Path, tiny_values: dict[str, Any], tmp_path: Path
) -> None:
    tiny_values["dataset"]["base_path"] = "where/the/config/says"
    (tmp_path / "c.json").write_text(json.dumps(tiny_values))
    result = cli("prepare", str(recordings), "--config", "c.json")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "where/the/config/says/manifest.csv").exists()


def test_synth_writes_a_labelled_set(cli: RunCli, tmp_path: Path) -> None:
    result = cli("synth", "engines", "--count", "3", "--workers", "1")
    assert result.returncode == 0, result.stderr
    assert "no recordings" in result.stdout
    labels = [json.loads(line) for line in (tmp_path / "engines" / "labels.jsonl").read_text().splitlines()]
    assert len(labels) == len(list((tmp_path / "engines").glob("*.wav"))) == 3


def test_procedural_data_is_never_called_recordings(cli: RunCli, tiny_values: dict[str, Any], tmp_path: Path) -> None:
    tiny_values["dataset"] = {"source": "procedural", "procedural_clips": 12}
    tiny_values["audio"] = {"sample_rate": 8192, "audio_length_seconds": 0.5, "audio_length_samples": 4096}
    tiny_values["training"]["epochs"] = 1
    (tmp_path / "c.json").write_text(json.dumps(tiny_values))
    result = cli("--config", "c.json")
    assert result.returncode == 0, result.stderr
    assert "procedural stand-in" in result.stdout
    samples = [path.name for path in (tmp_path / "run" / "samples").glob("*.wav")]
    assert samples
    assert all("procedural" in name for name in samples)
    assert "procedural stand-in data" in (tmp_path / "run" / "report.html").read_text()
    generated = cli("--config", "c.json", "--generate-only", "1")
    assert "procedural stand-in data" in generated.stdout
    assert all("procedural" in path.name for path in (tmp_path / "run" / "generated").glob("*.wav"))
