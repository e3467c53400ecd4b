"""Preparing a data set: its layout, restarts, refusals, and every kind of bad input."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import LENGTH, RATE, make_config, noise, tree_bytes, write
from tests.support.preparing import clip_paths, manifest, run_prepare
from wavegan_src.data.audio_files import write_wav
from wavegan_src.dataset import open_dataset
from wavegan_src.utils.errors import UserError


def test_layout_and_manifest(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    notices: list[str] = []
    summary = run_prepare(raw, out, notify=notices.append)
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
    entries = sorted(path.name for path in out.iterdir())
    assert entries == [".prepare", ".wavegan.json", "manifest.csv", "train", "validation"]


def test_clips_keep_level_and_format(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out)
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
    summary = run_prepare(raw, out)
    dataset = open_dataset(make_config(out, tmp_path / "cache"))
    assert (len(dataset.train), len(dataset.validation)) == (summary.train_clips, summary.validation_clips)
    assert dataset.recording_count == 6  # of 7, two hold the same sound


def test_folders_of_clips_are_recordings(tmp_path: Path) -> None:
    for index in range(12):
        write(tmp_path / "raw" / f"r{index // 2}" / f"{index % 2}.wav", noise(0.5, index))
    summary = run_prepare(tmp_path / "raw", tmp_path / "out")
    assert (summary.recordings, summary.validation_recordings) == (6, 1)
    assert len(list((tmp_path / "out" / "train").iterdir())) == 5


@pytest.mark.parametrize("workers", [1, 4])
def test_same_bytes_whatever_the_number_of_workers(raw: Path, tmp_path: Path, workers: int) -> None:
    run_prepare(raw, tmp_path / "one", workers=1)
    run_prepare(raw, tmp_path / "other", workers=workers)
    assert tree_bytes(tmp_path / "one") == tree_bytes(tmp_path / "other")


@pytest.mark.parametrize("stop_after", [0, 3, 11, 20])
def test_killed_and_run_again_equals_one_run(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    run_prepare(raw, tmp_path / "whole")
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
        run_prepare(raw, tmp_path / "out", workers=1)
    monkeypatch.undo()
    summary = run_prepare(raw, tmp_path / "out")
    assert summary.resumed < summary.recordings
    assert tree_bytes(tmp_path / "out") == tree_bytes(tmp_path / "whole")


def test_killed_between_record_and_clips(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out)
    before = tree_bytes(out)
    shutil.rmtree(next(out.glob("*/wóz 1")))
    next(out.glob("*/wóz 2/*.wav")).write_bytes(b"cut off")
    summary = run_prepare(raw, out)
    assert summary.resumed == summary.recordings - 2
    assert tree_bytes(out) == before


def test_finished_recordings_are_left_and_changed_ones_cut_again(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run_prepare(raw, out)
    assert first.resumed == 0
    times = {path: path.stat().st_mtime_ns for path in out.glob("*/*/*.wav")}
    write(raw / "wóz 1.wav", noise(1.1, 50))
    second = run_prepare(raw, out)
    assert second.resumed == second.recordings - 1
    changed = {path.parent.name for path in out.glob("*/*/*.wav") if path.stat().st_mtime_ns != times.get(path)}
    assert changed == {"wóz 1"}
    run_prepare(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_what_a_call_left_that_was_killed_at_once_is_ours(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".prepare" / "parts").mkdir(parents=True)
    (out / ".prepare" / ".lock").touch()
    (out / "train").mkdir()
    assert run_prepare(raw, out).resumed == 0


def test_output_inside_the_raw_folder_is_no_input(raw: Path) -> None:
    first = run_prepare(raw, raw / "out")
    second = run_prepare(raw, raw / "out")
    assert second.files == first.files
    assert second.resumed == second.recordings


def test_recordings_too_short_for_a_clip_are_not_drawn_for_validation(tmp_path: Path) -> None:
    for index in range(2):
        write(tmp_path / "raw" / f"{index}.wav", noise(1, index))
    for index in range(30):
        write(tmp_path / "raw" / f"short {index}.wav", noise(0.05, index))
    notices: list[str] = []
    summary = run_prepare(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert (summary.train_clips, summary.validation_clips) == (2, 2)
    assert not any("No validation" in notice for notice in notices)


def test_a_prepared_tree_can_be_prepared_again(tmp_path: Path) -> None:
    for name in ("train/a/1.wav", "train/a/2.wav", "validation/b/1.wav"):
        write(tmp_path / "raw" / name, noise(1))
    run_prepare(tmp_path / "raw", tmp_path / "out")
    assert {path.rsplit("/", 1)[0] for path in clip_paths(tmp_path / "out")} == {"train/a", "validation/b"}


@pytest.mark.parametrize("workers", [1, 4])
def test_equal_names_on_both_sides_of_a_split_stay_apart(tmp_path: Path, workers: int) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    names = [f"{split}/{name}.wav" for split in ("train", "validation") for name in ("engine", "car/a", "car/b")]
    for index, name in enumerate(names):
        write(raw / name, noise(1, index))
    first = run_prepare(raw, out, workers=workers)
    assert (first.recordings, first.train_clips, first.validation_clips) == (4, 6, 6)
    assert {row["clip"] for row in manifest(out)} == clip_paths(out)
    assert {path.rsplit("/", 1)[0] for path in clip_paths(out)} == {
        "train/engine", "train/car", "validation/engine", "validation/car",
    }  # fmt: skip
    before = tree_bytes(out)
    assert run_prepare(raw, out, workers=workers).resumed == 4
    assert tree_bytes(out) == before
    (raw / "train" / "engine.wav").unlink()
    with pytest.raises(UserError, match=r"such as train/engine\. Use --overwrite"):
        run_prepare(raw, out)


def test_a_recording_that_changes_sides_is_cut_again(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    for index, name in enumerate(("train/a", "train/b", "validation/c")):
        write(raw / f"{name}.wav", noise(1, index))
    run_prepare(raw, out)
    (raw / "train" / "b.wav").rename(raw / "validation" / "b.wav")
    assert run_prepare(raw, out).resumed == 2
    run_prepare(raw, tmp_path / "fresh")
    assert tree_bytes(out) == tree_bytes(tmp_path / "fresh")


def test_importing_needs_no_torch() -> None:
    import subprocess
    import sys

    code = (
        "import wavegan_src.data.prepare.prepare, wavegan_src.data.split.survey, sys; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
