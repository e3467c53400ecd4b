"""A word that is no command gets the command that was probably meant."""

from pathlib import Path

import pytest

from tests.support.cli import RunCli
from wavegan_src.cli.commands import explain_unknown

COMMANDS = ("prepare", "synth", "report", "evaluate", "status")
OPTIONS = ("--epochs", "--generate-only", "--dry-run", "--data")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("config_test", "--config config_test?"),
        ("config_fast.json", "--config config_fast?"),
        ("cofig_test", "--config config_test?"),
        ("train", "Training needs none: wavegan --data FOLDER"),
        ("trian", "Training needs none: wavegan --data FOLDER"),
        ("generate", "wavegan --generate-only 10?"),
        ("pretrained", "--checkpoint pretrained?"),
        ("resume", "Did you mean wavegan?"),
        ("prepair", "wavegan prepare?"),
        ("Evaluate", "wavegan evaluate?"),
        ("reprot", "wavegan report?"),
        ("epochs", "wavegan --epochs?"),
        ("dry-run", "wavegan --dry-run?"),
        ("help", "wavegan --help?"),
        ("my config.json", "--config 'my config.json'?"),
        ("model.tar", "--generate-only 10 --checkpoint model.tar?"),
        ("z.npy", "--latents z.npy?"),
        ("qqq", "The commands are prepare, synth, report, evaluate, status; without one the program trains."),
        ("", "See --help."),
        ("x" * 300, "See --help."),
    ],
)
def test_the_likely_meaning_is_named(word: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavegan_src.cli.commands.program", lambda: "wavegan")
    message = explain_unknown(word, COMMANDS, OPTIONS)
    assert message.startswith(f"No such command: {word}. ")
    assert meant in message


def test_a_folder_is_a_run_or_recordings(tmp_path: Path) -> None:
    run, recordings = tmp_path / "a run", tmp_path / "sounds"
    (run / "epochs_statistics").mkdir(parents=True)
    (run / "epochs_statistics" / "experiment_config.json").touch()
    recordings.mkdir()
    assert f"--output-dir '{run}'?" in explain_unknown(str(run), COMMANDS, OPTIONS)
    assert f"--data {recordings}?" in explain_unknown(str(recordings), COMMANDS, OPTIONS)


def test_the_command_line_answers_so_and_with_status_2(cli: RunCli) -> None:
    result = cli("config_test", "--epochs", "3")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.strip().endswith("Did you mean python WaveGAN.py --config config_test?")
