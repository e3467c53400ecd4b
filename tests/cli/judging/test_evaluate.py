import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from tests.support.cli import RunCli
from tests.support.sounds import Clips, engines
from tests.support.states import model_state
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.app import main
from wavegan_src.cli.judging import evaluate as evaluation_commands
from wavegan_src.cli.judging.evaluate import Request
from wavegan_src.config_loader import validate
from wavegan_src.evaluation.inputs.folder_sets import folder_sets
from wavegan_src.evaluation.inputs.model_sets import model_sets
from wavegan_src.evaluation.inputs.sets import Sets
from wavegan_src.generation.model import load_model
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.state import DatasetFacts
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import ignore, no_progress

RATE, SECONDS = 22050, 0.6
CPU = torch.device("cpu")


def write(folder: Path, clips: Clips, rate: int = RATE, prefix: str = "engine") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, clip in enumerate(clips):
        soundfile.write(folder / f"{prefix}_{number}.wav", clip, rate, subtype="FLOAT")
    return folder


@pytest.fixture
def real(tmp_path: Path) -> Path:
    return write(tmp_path / "real", engines(8, 1, seconds=SECONDS))


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    return write(tmp_path / "generated", engines(5, 2, seconds=SECONDS))


def request(**options: Any) -> Request:
    plain: dict[str, Any] = dict.fromkeys(("real", "generated", "training", "checkpoint", "data", "measures", "out"))
    plain |= {"count": 4, "embedding": "yamnet", "json": False, "workers": 1, "sample_rate": RATE, "seconds": SECONDS}
    return Request(**(plain | options))


def folders(real: Path, generated: Path, training: Path | None = None, rate: int = RATE) -> Sets:
    return folder_sets(real, generated, training, rate=rate, seconds=SECONDS, progress=no_progress)


def test_two_folders_give_a_table_and_both_files(
    real: Path,
    generated: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    out = tmp_path / "out"
    asked = request(real=real, generated=generated, measures="kad, long_term_spectrum", out=out)
    evaluation_commands.run(validate({}, "test"), asked)
    printed = capsys.readouterr().out
    assert "KAD (YAMNet)" in printed
    assert "8 real recordings are split" in printed
    assert str(out / "evaluation.html") in printed.replace("\n", "")
    stored = json.loads((out / "evaluation.json").read_text())
    assert list(stored["measures"]) == ["kad", "long_term_spectrum"]
    assert "KAD" in (out / "evaluation.html").read_text()


def test_json_is_all_that_standard_output_gets(cli: RunCli, real: Path, generated: Path, tmp_path: Path) -> None:
    done = cli(
        *("evaluate", "--real", str(real), "--generated", str(generated), "--measures", "kad", "--json"),
        *("--seconds", str(SECONDS), "--workers", "1"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["measures"]["kad"]["anchors"]["white_noise"] > 0
    assert "evaluation.html" in done.stderr
    assert (tmp_path / "evaluation" / "evaluation.html").is_file()


def save_model(values: dict[str, Any], fingerprint: str | None = None) -> Path:
    """An untrained model where a run keeps its checkpoints."""
    folder = Path(values["output"]["output_dir"]) / "checkpoints"
    folder.mkdir(parents=True)
    config = validate(values, "test")
    facts = DatasetFacts(procedural=config.dataset.source == "procedural", fingerprint=fingerprint)
    return CheckpointStore(folder).save(model_state(WGAN(config, CPU), config, facts), 3)


def test_the_model_of_a_run_and_a_single_checkpoint(
    tiny_values: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = save_model(tiny_values, "other")
    config = validate(tiny_values, "test")
    evaluation_commands.run(config, request(measures="kad,memorisation"))
    own = json.loads((tmp_path / "run" / "evaluation" / "evaluation.json").read_text())
    assert "checkpoint_epoch_3.tar (after epoch 3" in own["title"]
    assert "validation clips of recordings" in own["reference"]
    assert "training clips of recordings" in own["training"]
    assert any("not those that the model was trained on" in notice for notice in own["notices"])
    capsys.readouterr()
    moved = model.rename(tmp_path / "moved.tar")
    evaluation_commands.run(
        config, request(checkpoint=moved, json=True, measures="kad", data=tiny_values["dataset"]["base_path"])
    )
    alone = json.loads(capsys.readouterr().out)
    assert "moved.tar" in alone["title"]
    assert alone["measures"]["kad"]["value"] == own["measures"]["kad"]["value"]
    assert (tmp_path / "evaluation" / "evaluation.json").is_file()


def test_without_validation_clips_the_training_clips_are_the_reference(tiny_values: dict[str, Any]) -> None:
    tiny_values["dataset"]["validation_fraction"] = 0.0
    given = model_sets(load_model(save_model(tiny_values), CPU), None, 4, 0, no_progress, ignore)
    assert given.training is None
    assert len(set(given.reference.recordings)) == 8
    assert any("its own training clips" in notice for notice in given.notices)


def test_procedural_data_is_never_called_recordings(tiny_values: dict[str, Any]) -> None:
    tiny_values["dataset"] |= {"source": "procedural", "procedural_clips": 12}
    given = model_sets(load_model(save_model(tiny_values), CPU), None, 4, 0, no_progress, ignore)
    assert "trained on procedural stand-in data" in given.title
    assert "procedural stand-in clips (no recordings)" in given.reference.title
    assert any("stand-in data" in notice for notice in given.notices)


def test_no_model_is_told(tmp_path: Path) -> None:
    config = validate({"output": {"output_dir": str(tmp_path / "none")}}, "test")
    with pytest.raises(UserError, match="no trained model"):
        evaluation_commands.run(config, request())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"real": Path("a")}, "--real needs --generated"),
        ({"generated": Path("a")}, "--generated needs --real"),
        ({"training": Path("a")}, "--training needs --real and --generated"),
        ({"real": Path("a"), "generated": Path("b"), "checkpoint": Path("c")}, "--checkpoint evaluates a model"),
        ({"real": Path("a"), "generated": Path("b"), "data": "c"}, "--data evaluates a model"),
        ({"measures": "fda"}, "Did you mean fad"),
        ({"measures": " , "}, "No measure is named"),
        ({"embedding": "vgg"}, "yamnet, vggish, panns, clap"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], word: str) -> None:
    with pytest.raises(UserError, match=word):
        evaluation_commands.run(validate({}, "test"), request(**options))


def test_mistakes_end_with_status_2_and_one_line(
    real: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["wavegan", "evaluate", "--real", str(real), "--generated", "nowhere"])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    assert capsys.readouterr().err == (
        "--generated nowhere: the folder does not exist. Give a folder of audio files.\n"
    )


def test_missing_and_useless_folders(real: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a file"):
        folders(real / "engine_0.wav", real)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no audio file"):
        folders(real, tmp_path / "empty")
    silent = write(tmp_path / "silent", np.zeros((3, 13230), np.float32))
    with pytest.raises(UserError, match="3 silent"):
        folders(real, silent)
    single = write(tmp_path / "single", np.ones((2, 1), np.float32))
    with pytest.raises(UserError, match="2 shorter than"):
        folders(real, single)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.wav").write_bytes(b"")
    with pytest.raises(UserError, match="1 damaged"):
        folders(real, broken)


def test_odd_files_become_clips_and_are_told(real: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    sound = engines(4, 3, seconds=1.2)
    odd.mkdir()
    soundfile.write(odd / "stereo.wav", np.stack([sound[0], sound[0]], axis=1), RATE)
    soundfile.write(odd / "slow.wav", sound[1, :9000], 8000)
    soundfile.write(odd / "short.wav", sound[2, :5000], RATE)
    nan = sound[3].copy()
    nan[:100] = np.nan
    soundfile.write(odd / "nan.wav", nan, RATE, subtype="FLOAT")
    (odd / "damaged.wav").write_bytes(b"RIFF")
    given = folders(real, odd)
    assert given.generated.clips.shape[1] == round(RATE * SECONDS)
    assert np.isfinite(given.generated.clips).all()
    assert dict(given.lost) == {"damaged": 1, "non-finite samples": 1}
    told = " ".join(given.notices)
    for words in ("below 22050 Hz", "nothing above 4000 Hz", "made mono", "are repeated", "damaged.wav"):
        assert words in told


def test_the_same_folder_is_told_and_measured(real: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    evaluation_commands.run(
        validate({}, "test"), request(real=real, generated=real, measures="kad,memorisation", out=out, json=True)
    )
    found = json.loads((out / "evaluation.json").read_text())
    assert "same folder" in found["notices"][0]
    assert found["measures"]["memorisation"]["value"] == 0


def test_a_generated_folder_inside_the_real_one_is_no_real_sound(real: Path) -> None:
    inside = write(real / "generated", engines(3, 4, seconds=SECONDS), prefix="new")
    given = folders(real, inside)
    assert (len(given.reference), len(given.generated)) == (8, 3)


def test_training_clips_come_from_their_folder_or_from_a_prepared_tree(
    real: Path, generated: Path, tmp_path: Path
) -> None:
    told = folders(real, generated, write(tmp_path / "seen", engines(3, 5, seconds=SECONDS)))
    assert told.training is not None
    assert (len(told.reference), len(told.training)) == (8, 3)
    tree = tmp_path / "tree"
    write(tree / "train", engines(5, 6, seconds=SECONDS))
    write(tree / "validation", engines(3, 7, seconds=SECONDS))
    split = folders(tree, generated)
    assert split.training is not None
    assert (len(split.reference), len(split.training)) == (3, 5)


def test_stand_in_clips_are_known_by_name(generated: Path, tmp_path: Path) -> None:
    stand_in = write(tmp_path / "s", engines(4, 1, seconds=SECONDS), prefix="procedural")
    given = folders(stand_in, generated)
    assert "procedural stand-in clips (no recordings)" in given.reference.title
    assert any("stand-in data" in notice for notice in given.notices)
