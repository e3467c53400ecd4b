import subprocess
import sys
from pathlib import Path

import pytest

from wavegan_src.run.folder import RunFolder, number_in
from wavegan_src.utils.errors import UserError


def test_names_are_the_described_ones(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    paths = [
        folder.epoch_csv,
        folder.checkpoint_csv,
        folder.config_snapshot,
        folder.checkpoints,
        folder.iterations_csv(12),
        folder.plots,
        folder.samples,
        folder.generated,
        folder.report,
    ]
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "epochs_statistics/epoch_statistics.csv",
        "epochs_statistics/checkpoint_metrics.csv",
        "epochs_statistics/experiment_config.json",
        "checkpoints",
        "single_epochs_statistics/epoch_12/epoch_12_iterations.csv",
        "plots",
        "samples",
        "generated",
        "report.html",
    ]


def test_an_old_run_is_renamed_never_overwritten(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.set_aside() is None
    for number in (1, 2):
        folder.create()
        (folder.root / "mark").write_text(str(number))
        kept = folder.set_aside()
        assert kept == tmp_path / f"run.old-{number}"
        assert (kept / "mark").read_text() == str(number)
        assert not folder.root.exists()


def test_a_second_process_is_kept_out_until_the_first_ends(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    code = (
        "import sys; from pathlib import Path; from wavegan_src.run.folder import RunFolder\n"
        f"lock = RunFolder(Path({str(tmp_path)!r})).lock(); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(UserError, match="Another process"):
            folder.lock()
        process.kill()  # even then the system lets go of it
        process.wait()
    for _ in range(2):  # the `with` really lets go
        with folder.lock():
            pass


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--output-dir"):
        RunFolder(tmp_path / "file" / "run").create()


def test_a_run_in_progress_is_not_set_aside(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    with folder.lock(), pytest.raises(UserError, match="Another process"):
        RunFolder(tmp_path / "run").set_aside()
    assert folder.root.exists()


def test_the_working_folder_is_not_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="working folder"):
        RunFolder(Path()).set_aside()


def test_partial_files_are_removed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".report.html.{gone.pid}-1.partial").write_bytes(b"half")
    for name in ("checkpoints/checkpoint_epoch_3.tar.partial", "samples/.real_01.wav.12-34.partial"):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / "samples" / "real_01.wav").write_bytes(b"whole")
    folder.remove_partial_files()
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"real_01.wav", ".wavegan.json"}


@pytest.mark.parametrize("name", ["checkpoints", "epochs_statistics", "samples"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=f"{name} is a link.*Remove it"):
        RunFolder(tmp_path / "run").create()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")  # a run may itself be on another disk
    RunFolder(tmp_path / "link").create()
    assert (tmp_path / "elsewhere" / name).is_dir()


def test_newest_samples_are_those_of_the_highest_number(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    assert folder.newest_samples() == []
    for name in ("epoch_99990_01", "epoch_100000_01", "epoch_100000_02", "epoch_00010_from_procedural_01"):
        (folder.samples / f"{name}.wav").touch()
    assert [path.name for path in folder.newest_samples()] == ["epoch_100000_01.wav", "epoch_100000_02.wav"]


def test_a_folder_that_only_another_models_clips_are_in_may_be_set_aside(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "output")
    folder.generated.mkdir(parents=True)
    (folder.generated / "generated.csv").write_text("file\n")
    assert folder.set_aside() == tmp_path / "output.old-1"


@pytest.mark.parametrize(
    ("name", "number"),
    [("epoch_12", 12), ("epoch_1 (copy)", None), ("epoch_", None), ("epoch_best", None), ("epoch_²", None),
     ("epoch_" + "9" * 200, None), ("other_1", None)],
)  # fmt: skip
def test_only_our_own_numbers_count(name: str, number: int | None) -> None:
    assert number_in("epoch_", name) == number


def test_stray_samples_are_left_out(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.samples.mkdir()
    for name in ("epoch_00001_01.wav", "epoch_00002_01.wav", "epoch_best.wav", "epoch_.wav", "epoch_3 (copy)_01.wav"):
        (folder.samples / name).touch()
    assert [path.name for path in folder.newest_samples()] == ["epoch_00002_01.wav"]


def test_a_file_is_no_place_for_a_run(tmp_path: Path) -> None:
    RunFolder(tmp_path).check_place()
    RunFolder(tmp_path / "new").check_place()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file is no folder: choose another --output-dir"):
        RunFolder(tmp_path / "file").check_place()
