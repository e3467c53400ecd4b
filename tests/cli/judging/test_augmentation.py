import csv
import json
from pathlib import Path

import pytest

from tests.support.cli import RunCli
from tests.support.studies import write_classes
from wavegan_src.trainer.planning.pace import Pace

CONFIG = {
    "model": {"latent_dim": 4, "model_dim": 1},
    "training": {"batch_size": 4, "epochs": 1, "n_critic": 1, "device": "cpu", "num_workers": 0},
    "audio": {"sample_rate": 4096, "audio_length_seconds": 0.25, "audio_length_samples": 1024},
}
OPTIONS = ("--config", "c.json", "--classifier-steps", "2", "--seeds", "1", "--ratios", "1")


@pytest.fixture
def engines(tmp_path: Path) -> Path:
    write_classes(tmp_path / "engines", {"diesel": 3, "petrol": 3}, seconds=0.6, rate=4096)
    (tmp_path / "c.json").write_text(json.dumps(CONFIG))
    return tmp_path / "engines"


def test_a_study_from_the_first_step_to_the_results_and_then_nothing_again(cli: RunCli, engines: Path) -> None:
    root = engines.parent / "augmentation_study"
    dry = cli("augmentation-study", "engines", *OPTIONS, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "To train: 2 generators and 8 classifiers." in dry.stdout
    assert not root.exists()
    done = cli("augmentation-study", "engines", *OPTIONS, "--steps", "2")
    assert done.returncode == 0, done.stderr
    assert "Generated clips beside real ones did not help" in done.stdout
    assert "Control, planted signal" in done.stdout
    with (root / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["arm"] for row in rows] == [
        "real", "classical", "generated", "both", "generated_only", "shuffled", "shuffled_only", "planted",
    ]  # fmt: skip
    snapshot = json.loads((root / "generators" / "diesel" / "epochs_statistics" / "experiment_config.json").read_text())
    assert snapshot["run_info"]["training_clips"] == 4  # of two recordings; the third is tested on
    assert snapshot["run_info"]["validation_clips"] == 0
    again = cli("augmentation-study", "engines", *OPTIONS, "--steps", "2")
    assert "To train: 0 generators and 0 classifiers. The rest is done." in again.stdout
    assert again.stdout.partition("trained on")[2] == done.stdout.partition("trained on")[2]
    other = cli("augmentation-study", "engines", *OPTIONS, "--steps", "3")
    assert other.returncode == 2
    assert "holds a study with other --steps" in other.stderr


def test_minutes_become_steps(cli: RunCli, engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute for two generators, at a second for a step of both networks."""
    monkeypatch.setattr("wavegan_src.cli.judging.augmentation.measure_pace", lambda *_: Pace(0.25, 0.75, 0.0, ""))
    done = cli("augmentation-study", "engines", *OPTIONS, "--minutes", "1", "--dry-run")
    assert "1 min for generators of 30 steps" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "DATA nowhere: the folder does not exist"),
        (["engines/diesel"], "holds no folder"),
        (["engines", "--ratios", "0"], "--ratios 0"),
        (["engines", "--steps", "5", "--minutes", "1"], "--steps and --minutes"),
        (["engines", "--recordings", "0"], "--recordings"),
        (["engines", "--out", "c.json"], "c.json"),
        (["engines", "--device", "abacus"], "abacus"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(arguments: list[str], words: str, cli: RunCli, engines: Path) -> None:
    done = cli("augmentation-study", *arguments, *OPTIONS[:2])
    assert done.returncode == 2, done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr
