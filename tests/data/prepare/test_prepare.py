"""Preparing a data set: its layout, restarts, refusals, and every kind of bad input."""

import csv
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import LENGTH, RATE, make_config, noise, open_folder, tree_bytes, unprivileged, write
from wavegan_src.data.audio_files import write_wav
from wavegan_src.data.prepare.prepare import PrepareSummary, prepare
from wavegan_src.data.recordings import choose_validation
from wavegan_src.dataset import open_dataset
from wavegan_src.utils.errors import UserError

__all__ = ["open_folder"]  # a fixture


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Raw recordings: names with spaces and letters of other languages, several rates, damage of several kinds."""
    root = tmp_path / "raw files"
    for index in range(4):
        write(root / f"wóz {index}.wav", noise(2.3, index, level=0.3), subtype="PCM_16")
    write(root / "garage" / "wóz 0.wav", np.stack([noise(1, 5, 4000), noise(1, 6, 4000)], axis=1), 4000)
    write(root / "garage" / "wóz 0.flac", noise(1, 7))
    write(root / "quiet.wav", np.zeros(1200, np.float32))
    (root / "empty.wav").touch()
    (root / "text.wav").write_text("no sound" * 99)
    (root / "notes.txt").write_text("to ignore")
    data = write(root / "cut.flac", noise(20)).read_bytes()
    (root / "cut.flac").write_bytes(data[: len(data) // 2])
    return root


def run(raw: Path, out: Path, **options: Any) -> PrepareSummary:
    changes = {key: value for key, value in options.items() if "__" in key}
    rest = {key: value for key, value in options.items() if "__" not in key}
    config = make_config(raw, raw.parent / "cache", **changes)
    return prepare(raw, out, config.audio, config.dataset, 42, rest.pop("workers", 2), **rest)


def manifest(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def clip_paths(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*.wav")}


def test_layout_and_manifest(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    notices: list[str] = []
    summary = run(raw, out, notify=notices.append)
    rows = manifest(out)
    kept = [row for row in rows if row["status"] == "kept"]
    assert {row["clip"] for row in kept} == clip_paths(out)
    assert summary.train_clips + summary.validation_clips == len(kept)
    assert all(row["clip"].split("/")[:2] == [row["split"], row["recording"]] for row in kept)
    assert {row["recording"] for row in kept} == {
        "wóz 0", "wóz 1", "wóz 2", "wóz 3", "garage__wóz 0_wav", "garage__wóz 0_flac", "cut",
    }  # fmt: skip
    dropped = {row["source"]: row["why"] for row in rows if row["status"] == "dropped"}
    assert dropped["quiet.wav"] == "silent"
    assert dropped["empty.wav"].startswith("damaged: ")
    assert dropped["text.wav"].startswith("damaged: ")
    assert dropped["cut.flac"].startswith("damaged: from ")
    assert summary.dropped["damaged"] == 3
    assert summary.files == 10
    assert sum(notice.startswith("Warning") for notice in notices) == 3
    assert sorted(path.name for path in out.iterdir()) == [".prepare", "manifest.csv", "train", "validation"]


def test_clips_keep_level_and_format(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    source, _ = sf.read(raw / "wóz 1.wav", dtype="int16")
    paths = sorted(out.glob("*/wóz 1/*.wav"))
    offsets = [0, 1000, 2000, 3000, 3600]
    assert [path.stem for path in paths] == [f"wóz 1_{offset / RATE:09.3f}" for offset in offsets]
    for path, offset in zip(paths, offsets, strict=True):
        clip, rate = sf.read(path, dtype="int16")
        assert (rate, sf.info(path).subtype, sf.info(path).channels) == (RATE, "PCM_16", 1)
        np.testing.assert_array_equal(clip, source[offset : offset + LENGTH])


def test_the_loader_reads_what_was_prepared(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run(raw, out)
    dataset = open_dataset(make_config(out, tmp_path / "cache"))
    assert (len(dataset.train), len(dataset.validation)) == (summary.train_clips, summary.validation_clips)
    assert dataset.recording_count == 7


def test_folders_of_clips_are_recordings(tmp_path: Path) -> None:
    for index in range(12):
        write(tmp_path / "raw" / f"r{index // 2}" / f"{index % 2}.wav", noise(0.5, index))
    summary = run(tmp_path / "raw", tmp_path / "out")
    assert (summary.recordings, summary.validation_recordings) == (6, 1)
    assert len(list((tmp_path / "out" / "train").iterdir())) == 5


@pytest.mark.parametrize("workers", [1, 4])
def test_same_bytes_whatever_the_number_of_workers(raw: Path, tmp_path: Path, workers: int) -> None:
    run(raw, tmp_path / "one", workers=1)
    run(raw, tmp_path / "other", workers=workers)
    assert tree_bytes(tmp_path / "one") == tree_bytes(tmp_path / "other")


@pytest.mark.parametrize("stop_after", [0, 3, 11, 20])
def test_killed_and_run_again_equals_one_run(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    run(raw, tmp_path / "whole")
    count = 0

    def dying(path: Path, samples: Any, rate: int) -> None:
        nonlocal count
        count += 1
        if count > stop_after:
            raise KeyboardInterrupt
        write_wav(path, samples, rate)

    monkeypatch.setattr("wavegan_src.data.prepare.cutting.write_wav", dying)
    # What a killed process cannot tidy up either.
    monkeypatch.setattr("wavegan_src.data.prepare.output.Output.clean_up", lambda self: None)
    monkeypatch.setattr("wavegan_src.data.prepare.cutting.shutil.rmtree", lambda *args, **options: None)
    with pytest.raises(KeyboardInterrupt):
        run(raw, tmp_path / "out", workers=1)
    monkeypatch.undo()
    summary = run(raw, tmp_path / "out")
    assert summary.resumed < summary.recordings
    assert tree_bytes(tmp_path / "out") == tree_bytes(tmp_path / "whole")


def test_killed_between_record_and_clips(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    before = tree_bytes(out)
    shutil.rmtree(next(out.glob("*/wóz 1")))
    next(out.glob("*/wóz 2/*.wav")).write_bytes(b"cut off")
    summary = run(raw, out)
    assert summary.resumed == summary.recordings - 2
    assert tree_bytes(out) == before


def test_finished_recordings_are_left_and_changed_ones_cut_again(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run(raw, out)
    assert first.resumed == 0
    times = {path: path.stat().st_mtime_ns for path in out.glob("*/*/*.wav")}
    write(raw / "wóz 1.wav", noise(1.1, 50))
    second = run(raw, out)
    assert second.resumed == second.recordings - 1
    changed = {path.parent.name for path in out.glob("*/*/*.wav") if path.stat().st_mtime_ns != times.get(path)}
    assert changed == {"wóz 1"}
    run(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_other_settings_are_refused_unless_overwritten(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    with pytest.raises(UserError, match=r"overlap was 0\.0 and is 0\.5.*--overwrite"):
        run(raw, out, overlap=0.5)
    (out / "README").write_text("mine")
    (out / "train" / "wóz 1" / "mine.txt").parent.mkdir(exist_ok=True)
    (out / "train" / "wóz 1" / "mine.txt").write_text("mine")
    run(raw, out, overlap=0.5, overwrite=True)
    assert (out / "README").read_text() == "mine"
    assert (out / "train" / "wóz 1" / "mine.txt").read_text() == "mine"
    (out / "README").unlink()
    (out / "train" / "wóz 1" / "mine.txt").unlink()
    run(raw, tmp_path / "fresh", overlap=0.5)
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_foreign_folders_are_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="new or an empty folder"):
            run(raw, out, overwrite=overwrite)
    assert list(out.iterdir()) == [out / "thesis.doc"]
    with pytest.raises(UserError, match="is a file"):
        run(raw, out / "thesis.doc")


def test_a_second_process_is_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    inside: list[str] = []

    @contextmanager
    def meanwhile(what: str, total: float) -> Iterator[Callable[[float], None]]:
        for overwrite in (False, True):
            with pytest.raises(UserError, match=r"Another process is preparing .*out\. Wait") as caught:
                run(raw, out, overwrite=overwrite)
            inside.append(str(caught.value))
        yield lambda amount: None

    run(raw, out, progress=meanwhile)
    run(raw, out, progress=meanwhile, overwrite=True)
    assert len(inside) == 4
    run(raw, tmp_path / "alone")
    assert tree_bytes(out) == tree_bytes(tmp_path / "alone")


def test_what_a_call_left_that_was_killed_at_once_is_ours(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".prepare" / "parts").mkdir(parents=True)
    (out / ".prepare" / ".lock").touch()
    (out / "train").mkdir()
    assert run(raw, out).resumed == 0


def test_foreign_recordings_in_the_output_are_refused(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    write(out / "train" / "foreign" / "a.wav", noise(1))
    with pytest.raises(UserError, match=r"foreign.*Move it away"):
        run(raw, out)


def test_vanished_recordings_are_not_removed_unasked(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    (raw / "wóz 3.wav").unlink()
    with pytest.raises(UserError, match="--overwrite"):
        run(raw, out)
    assert list(out.glob("*/wóz 3/*.wav"))
    run(raw, out, overwrite=True)
    assert not list(out.glob("*/wóz 3"))


def test_output_inside_the_raw_folder_is_no_input(raw: Path) -> None:
    first = run(raw, raw / "out")
    second = run(raw, raw / "out")
    assert second.files == first.files
    assert second.resumed == second.recordings


def test_raw_inside_the_output_is_refused(raw: Path) -> None:
    for out in (raw, raw.parent):
        with pytest.raises(UserError, match="another output folder"):
            run(raw, out)


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
        summary = run(open_folder / "raw", open_folder / "out", notify=notices.append)
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
    summary = run(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert summary.validation_clips == 0
    expected = f"Warning: No validation clips: {name[0]} gave none. Choose another --seed, with --overwrite."
    assert notices[-1] == expected
    notices.clear()
    run(tmp_path / "raw", tmp_path / "none", notify=notices.append, dataset__validation_fraction=0.0)
    assert not any("No validation" in notice for notice in notices)
    for other in range(4):
        if f"{other}.wav" != name:
            write(tmp_path / "one" / "train" / f"{other}.wav", noise(1))
    write(tmp_path / "one" / "validation" / "a.wav", np.zeros(2000, np.float32))
    run(tmp_path / "one", tmp_path / "folders", notify=notices.append)
    assert notices[-1].endswith("the recordings in the folder validation gave none. Put other recordings there.")
    write(tmp_path / "single" / "a.wav", noise(1))
    run(tmp_path / "single", tmp_path / "alone", notify=notices.append)
    assert notices[-1] == "Warning: No validation clips: only one recording gave clips. Add recordings."


def test_recordings_too_short_for_a_clip_are_not_drawn_for_validation(tmp_path: Path) -> None:
    for index in range(2):
        write(tmp_path / "raw" / f"{index}.wav", noise(1, index))
    for index in range(30):
        write(tmp_path / "raw" / f"short {index}.wav", noise(0.05, index))
    notices: list[str] = []
    summary = run(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert (summary.train_clips, summary.validation_clips) == (2, 2)
    assert not any("No validation" in notice for notice in notices)


def test_closed_folders_are_told(open_folder: Path) -> None:
    write(open_folder / "raw" / "a.wav", noise(1))
    with unprivileged(), pytest.raises(UserError, match="out cannot be written"):
        run(open_folder / "raw", open_folder / "out")
    (open_folder / "raw").chmod(0)
    with unprivileged(), pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        run(open_folder / "raw", open_folder / "out")
    (open_folder / "raw").chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is Linux's own")
def test_an_output_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    write(tmp_path / "raw" / "a.wav", noise(1))
    with pytest.raises(UserError, match=r"/proc/x cannot be written"):
        run(tmp_path / "raw", Path("/proc/x"))


def test_missing_empty_and_useless_folders(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        run(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "raw").mkdir()
    with pytest.raises(UserError, match="no audio file"):
        run(tmp_path / "raw", tmp_path / "out")
    (tmp_path / "raw" / "a.wav").touch()
    with pytest.raises(UserError, match=r"a\.wav"):
        run(tmp_path / "raw", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    write(tmp_path / "raw" / "b.wav", np.zeros(1000, np.float32))
    with pytest.raises(UserError, match="1 silent"):
        run(tmp_path / "raw", tmp_path / "out")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
def test_full_disk_keeps_what_is_finished(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"

    def full(path: Path, samples: Any, rate: int) -> None:
        if "wóz 2" in path.name:
            path.symlink_to("/dev/full")
        write_wav(path, samples, rate)

    monkeypatch.setattr("wavegan_src.data.prepare.cutting.write_wav", full)
    with pytest.raises(UserError, match=r"full.*Finished recordings are kept.*another folder"):
        run(raw, out, workers=1)
    assert list(out.glob("*/wóz 1/*.wav"))
    assert not list(out.glob("*/wóz 2"))
    assert not (out / ".prepare" / "parts").exists()
    monkeypatch.undo()
    assert run(raw, out).resumed > 0
    run(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_too_little_space_is_told_before_cutting(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**5))
    with pytest.raises(UserError, match="is full"):
        run(raw, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.wav"))


def test_a_prepared_tree_can_be_prepared_again(tmp_path: Path) -> None:
    for name in ("train/a/1.wav", "train/a/2.wav", "validation/b/1.wav"):
        write(tmp_path / "raw" / name, noise(1))
    run(tmp_path / "raw", tmp_path / "out")
    assert {path.rsplit("/", 1)[0] for path in clip_paths(tmp_path / "out")} == {"train/a", "validation/b"}


@pytest.mark.parametrize("workers", [1, 4])
def test_equal_names_on_both_sides_of_a_split_stay_apart(tmp_path: Path, workers: int) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    names = [f"{split}/{name}.wav" for split in ("train", "validation") for name in ("engine", "car/a", "car/b")]
    for index, name in enumerate(names):
        write(raw / name, noise(1, index))
    first = run(raw, out, workers=workers)
    assert (first.recordings, first.train_clips, first.validation_clips) == (4, 6, 6)
    assert {row["clip"] for row in manifest(out)} == clip_paths(out)
    assert {path.rsplit("/", 1)[0] for path in clip_paths(out)} == {
        "train/engine", "train/car", "validation/engine", "validation/car",
    }  # fmt: skip
    before = tree_bytes(out)
    assert run(raw, out, workers=workers).resumed == 4
    assert tree_bytes(out) == before
    (raw / "train" / "engine.wav").unlink()
    with pytest.raises(UserError, match=r"such as train/engine\. Use --overwrite"):
        run(raw, out)


def test_a_recording_that_changes_sides_is_cut_again(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    for index, name in enumerate(("train/a", "train/b", "validation/c")):
        write(raw / f"{name}.wav", noise(1, index))
    run(raw, out)
    (raw / "train" / "b.wav").rename(raw / "validation" / "b.wav")
    assert run(raw, out).resumed == 2
    run(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_importing_needs_no_torch() -> None:
    import subprocess
    import sys

    code = "import wavegan_src.data.prepare.prepare, wavegan_src.data.survey, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
