"""What cannot be prepared, or not all of it: refused or counted, with a way on."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.audio import noise, tree_bytes, unprivileged, write
from tests.support.preparing import manifest, run_prepare
from wavegan_src.data.audio_files import write_wav
from wavegan_src.data.recordings import choose_validation
from wavegan_src.utils.errors import UserError


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A folder with one recording."""
    write(tmp_path / "raw" / "a.wav", noise(1.2))
    return tmp_path / "raw"


def test_other_settings_are_refused_unless_overwritten(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out)
    with pytest.raises(UserError, match=r"overlap was 0\.0 and is 0\.5.*--overwrite"):
        run_prepare(raw, out, overlap=0.5)
    (out / "README").write_text("mine")
    (out / "train" / "wóz 1" / "mine.txt").parent.mkdir(exist_ok=True)
    (out / "train" / "wóz 1" / "mine.txt").write_text("mine")
    run_prepare(raw, out, overlap=0.5, overwrite=True)
    assert (out / "README").read_text() == "mine"
    assert (out / "train" / "wóz 1" / "mine.txt").read_text() == "mine"
    (out / "README").unlink()
    (out / "train" / "wóz 1" / "mine.txt").unlink()
    run_prepare(raw, tmp_path / "fresh", overlap=0.5)
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_foreign_folders_are_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="new or an empty folder"):
            run_prepare(raw, out, overwrite=overwrite)
    assert list(out.iterdir()) == [out / "thesis.doc"]
    with pytest.raises(UserError, match="is a file"):
        run_prepare(raw, out / "thesis.doc")


def test_a_second_process_is_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    inside: list[str] = []

    @contextmanager
    def meanwhile(what: str, total: float) -> Iterator[Callable[[float], None]]:
        for overwrite in (False, True):
            with pytest.raises(UserError, match=r"Another process is preparing .*out\. Wait") as caught:
                run_prepare(raw, out, overwrite=overwrite)
            inside.append(str(caught.value))
        yield lambda amount: None

    run_prepare(raw, out, progress=meanwhile)
    run_prepare(raw, out, progress=meanwhile, overwrite=True)
    assert len(inside) == 8  # while cutting, and while looking for copies
    run_prepare(raw, tmp_path / "alone")
    assert tree_bytes(out) == tree_bytes(tmp_path / "alone")


def test_foreign_recordings_in_the_output_are_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out)
    write(out / "train" / "foreign" / "a.wav", noise(1))
    with pytest.raises(UserError, match=r"foreign.*Move it away"):
        run_prepare(raw, out)


def test_vanished_recordings_are_not_removed_unasked(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out)
    (raw / "wóz 3.wav").unlink()
    with pytest.raises(UserError, match="--overwrite"):
        run_prepare(raw, out)
    assert list(out.glob("*/wóz 3/*.wav"))
    run_prepare(raw, out, overwrite=True)
    assert not list(out.glob("*/wóz 3"))


def test_raw_inside_the_output_is_refused(raw: Path) -> None:
    for out in (raw, raw.parent):
        with pytest.raises(UserError, match="another output folder"):
            run_prepare(raw, out)


def test_what_may_not_be_opened_is_not_called_damaged(open_folder: Path) -> None:
    for name in ("a.wav", "b.wav", "closed.wav", "sub/c.wav"):
        write(open_folder / "raw" / name, noise(1))
    (open_folder / "raw" / "broken.wav").touch()
    (open_folder / "raw" / "gone.wav").symlink_to(open_folder / "nowhere")
    (open_folder / "raw" / "closed.wav").chmod(0)
    (open_folder / "raw" / "sub").chmod(0)
    (open_folder / "out").mkdir()
    (open_folder / "out").chmod(0o777)
    notices: list[str] = []
    with unprivileged():
        summary = run_prepare(open_folder / "raw", open_folder / "out", notify=notices.append)
    (open_folder / "raw" / "sub").chmod(0o755)
    assert summary.dropped == {"damaged": 1, "unreadable": 3}
    dropped = {row["source"]: row["why"] for row in manifest(open_folder / "out") if row["status"] == "dropped"}
    assert dropped["closed.wav"] == "unreadable: cannot be read (Permission denied)"
    assert dropped["sub"] == "unreadable: cannot be read (Permission denied)"
    assert "Warning: skipped or incomplete: sub: cannot be read (Permission denied)." in notices


def test_validation_without_clips_is_told_with_the_cure(tmp_path: Path) -> None:
    for index in range(4):
        write(tmp_path / "raw" / f"{index}.wav", noise(1, index))
    (name,) = choose_validation((f"{index}.wav" for index in range(4)), 0.1, 42)
    write(tmp_path / "raw" / name, np.zeros(2000, np.float32))
    notices: list[str] = []
    summary = run_prepare(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert summary.validation_clips == 0
    expected = f"Warning: No validation clips: {name[0]} gave none. Choose another --seed, with --overwrite."
    assert notices[-1] == expected
    notices.clear()
    run_prepare(tmp_path / "raw", tmp_path / "none", notify=notices.append, dataset__validation_fraction=0.0)
    assert not any("No validation" in notice for notice in notices)
    for other in range(4):
        if f"{other}.wav" != name:
            write(tmp_path / "one" / "train" / f"{other}.wav", noise(1))
    write(tmp_path / "one" / "validation" / "a.wav", np.zeros(2000, np.float32))
    run_prepare(tmp_path / "one", tmp_path / "folders", notify=notices.append)
    assert notices[-1].endswith("the recordings in the folder validation gave none. Put other recordings there.")
    write(tmp_path / "single" / "a.wav", noise(1))
    run_prepare(tmp_path / "single", tmp_path / "alone", notify=notices.append)
    assert notices[-1] == "Warning: No validation clips: only one recording gave clips. Add recordings."
    for copy in ("a", "b"):
        write(tmp_path / "copies" / f"{copy}.wav", noise(3))
    run_prepare(tmp_path / "copies", tmp_path / "together", notify=notices.append)
    assert "all recordings share sound and stay on one side" in notices[-1]
    assert "dataset.copies" in notices[-1]


def test_closed_folders_are_told(open_folder: Path) -> None:
    write(open_folder / "raw" / "a.wav", noise(1))
    with unprivileged(), pytest.raises(UserError, match="out cannot be written"):
        run_prepare(open_folder / "raw", open_folder / "out")
    (open_folder / "raw").chmod(0)
    with unprivileged(), pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        run_prepare(open_folder / "raw", open_folder / "out")
    (open_folder / "raw").chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is Linux's own")
def test_an_output_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    write(tmp_path / "raw" / "a.wav", noise(1))
    with pytest.raises(UserError, match=r"/proc/x cannot be written"):
        run_prepare(tmp_path / "raw", Path("/proc/x"))


def test_missing_empty_and_useless_folders(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        run_prepare(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "raw").mkdir()
    with pytest.raises(UserError, match="no audio file"):
        run_prepare(tmp_path / "raw", tmp_path / "out")
    (tmp_path / "raw" / "a.wav").touch()
    with pytest.raises(UserError, match=r"a\.wav"):
        run_prepare(tmp_path / "raw", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    write(tmp_path / "raw" / "b.wav", np.zeros(1000, np.float32))
    with pytest.raises(UserError, match="1 silent"):
        run_prepare(tmp_path / "raw", tmp_path / "out")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
def test_full_disk_keeps_what_is_finished(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"

    def full(path: Path, samples: Any, rate: int) -> None:
        if "wóz 2" in path.name:
            path.symlink_to("/dev/full")
        write_wav(path, samples, rate)

    monkeypatch.setattr("wavegan_src.data.prepare.cutting.write_wav", full)
    with pytest.raises(UserError, match=r"full.*Finished recordings are kept.*another folder"):
        run_prepare(raw, out, workers=1)
    assert list(out.glob("*/wóz 1/*.wav"))
    assert not list(out.glob("*/wóz 2"))
    assert not (out / ".prepare" / "parts").exists()
    monkeypatch.undo()
    assert run_prepare(raw, out).resumed > 0
    run_prepare(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_too_little_space_is_told_before_cutting(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**5))
    with pytest.raises(UserError, match="is full"):
        run_prepare(raw, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.wav"))


def forge(out: Path, **values: Any) -> None:
    """Change the record of a recording."""
    path = next((out / ".prepare" / "done" / "train").iterdir())
    record = json.loads(path.read_text())
    record |= values
    path.write_text(json.dumps(record))


def rows_of(clip: str) -> list[dict[str, Any]]:
    numbers = dict.fromkeys(("offset_s", "peak", "rms", "clipped_share"), 0.1)
    return [{"clip": clip, "recording": "x", "split": "train", "source": "x", "status": "kept", **numbers}]


@pytest.mark.parametrize(
    "forged",
    [
        {"rows": rows_of("../mine.wav")},
        {"rows": rows_of("train/x/../../../mine.wav")},
        {"name": "..", "rows": rows_of("train/../mine.wav")},
        {"split": "..", "name": "mine", "rows": rows_of("../mine/a.wav")},
        {"rows": rows_of("manifest.csv")},
        {"rows": rows_of("{absolute}")},
    ],
)
def test_a_forged_record_deletes_nothing(tone: Path, tmp_path: Path, forged: dict[str, Any]) -> None:
    """Neither outside the folder nor in it; the clips of the recording are then nobody's."""
    mine = [tmp_path / "mine.wav", tmp_path / "mine" / "a.wav"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    out = tmp_path / "out"
    run_prepare(tone, out)
    before = tree_bytes(out / "train")
    forge(out, **json.loads(json.dumps(forged).replace("{absolute}", str(mine[0]))))
    with pytest.raises(UserError, match="was not written by `prepare`"):
        run_prepare(tone, out, overwrite=True, overlap=0.5)
    assert tree_bytes(out / "train") == before
    assert all(path.read_text() == "mine" for path in mine)


@pytest.mark.parametrize("place", ["train", ".prepare", ".prepare/done", ".prepare/parts", "train/a"])
def test_links_in_the_output_are_refused(tone: Path, tmp_path: Path, place: str) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    run_prepare(tone, out)
    (out / place).mkdir(exist_ok=True)
    (out / place).rename(elsewhere)
    (out / place).symlink_to(elsewhere)
    before = tree_bytes(elsewhere)
    with pytest.raises(UserError, match="is a link"):
        run_prepare(tone, out, overwrite=True, overlap=0.5)
    assert tree_bytes(elsewhere) == before


def test_leftovers_of_a_killed_call_are_removed(tone: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(tone, out)
    before = tree_bytes(out)
    for name in (".manifest.csv.12-34", ".prepare/.settings.json.12-34", ".prepare/done/train/.a.json.12-34"):
        (out / f"{name}.partial").write_text("half")
    run_prepare(tone, out)
    assert tree_bytes(out) == before
