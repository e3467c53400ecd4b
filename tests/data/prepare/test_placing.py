"""Copies of one take land on one side of a prepared set, whatever was interrupted."""

import json
from pathlib import Path

import pytest

from tests.support.audio import tree_bytes, write
from tests.support.preparing import clip_paths, manifest, run_prepare
from tests.support.sounds import engine_take
from wavegan_src.data.prepare.output import Output

RATE = 4000
SOUND = {
    "audio__sample_rate": RATE,
    "audio__audio_length_seconds": 1.0,
    "audio__audio_length_samples": RATE,
    "dataset__validation_fraction": 0.5,
}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Five takes, and a quieter, shifted copy of each in another folder."""
    for index in range(5):
        take = engine_take(2, RATE, seed=index)
        write(tmp_path / "raw" / f"take{index}.wav", take, RATE)
        write(tmp_path / "raw" / "copy" / f"rec{index}.flac", 0.2 * take[700:], RATE)
    return tmp_path / "raw"


def sides(out: Path) -> dict[str, str]:
    return {Path(row["source"]).stem: row["split"] for row in manifest(out)}


def test_a_take_and_its_copy_are_on_one_side_and_in_the_manifest(raw: Path, tmp_path: Path) -> None:
    notices: list[str] = []
    summary = run_prepare(raw, tmp_path / "out", **SOUND, notify=notices.append)
    found = sides(tmp_path / "out")
    assert all(found[f"take{index}"] == found[f"rec{index}"] for index in range(5))
    assert (summary.recordings, summary.validation_recordings) == (10, 4)
    assert any("10 recordings are copies or parallel tracks of 5 takes" in notice for notice in notices)
    groups = {row["source"]: row["same_sound_as"] for row in manifest(tmp_path / "out")}
    assert groups == {f"take{index}.wav": f"copy/rec{index}.flac" for index in range(5)} | {
        f"copy/rec{index}.flac": "" for index in range(5)
    }
    assert {row["clip"] for row in manifest(tmp_path / "out")} == clip_paths(tmp_path / "out")


def test_the_second_call_cuts_and_moves_nothing(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out, **SOUND)
    before = tree_bytes(out)
    monkeypatch.setattr(Output, "move", None)
    monkeypatch.setattr("wavegan_src.data.prepare.cutting.write_wav", None)
    monkeypatch.setattr("wavegan_src.data.split.copies.find_copies", None)
    assert run_prepare(raw, out, **SOUND).resumed == 10
    assert tree_bytes(out) == before


@pytest.mark.parametrize("renamed", [False, True])
def test_an_interrupted_move_is_made_good(raw: Path, tmp_path: Path, renamed: bool) -> None:
    out = tmp_path / "out"
    run_prepare(raw, out, **SOUND)
    before = tree_bytes(out)
    records = out / ".prepare" / "done"
    (path, *_) = (records / "train").glob("*.json")
    other = path.read_text().replace("train", "validation")  # as if it were on its way from validation to train
    (records / "validation" / path.name).write_text(other)
    if not renamed:
        name = json.loads(path.read_text())["name"]
        (out / "train" / name).rename(out / "validation" / name)
    run_prepare(raw, out, **SOUND)
    assert tree_bytes(out) == before


def test_without_the_search_the_split_is_that_of_the_names(raw: Path, tmp_path: Path) -> None:
    run_prepare(raw, tmp_path / "apart", **SOUND, dataset__copies="apart")
    run_prepare(raw, tmp_path / "changed", **SOUND)
    run_prepare(raw, tmp_path / "changed", **SOUND, dataset__copies="apart")
    assert sides(tmp_path / "changed") == sides(tmp_path / "apart")
    assert {row["same_sound_as"] for row in manifest(tmp_path / "changed")} == {""}


def test_a_test_set_stays_one(tmp_path: Path) -> None:
    for index, name in enumerate(("Train/a", "Train/b", "VAL/c", "test/d")):
        write(tmp_path / "raw" / f"{name}.wav", engine_take(2, RATE, seed=index), RATE)
    write(tmp_path / "raw" / "test" / "excerpt.wav", engine_take(2, RATE, seed=1)[3000:], RATE)
    notices: list[str] = []
    summary = run_prepare(tmp_path / "raw", tmp_path / "out", **SOUND, notify=notices.append)
    assert sides(tmp_path / "out") == {"a": "train", "b": "train", "c": "validation", "d": "test", "excerpt": "test"}
    assert (summary.train_clips, summary.validation_clips, summary.test_clips) == (4, 2, 3)
    leak = "1 held-out file holds sound that training has too (test/excerpt.wav = Train/b.wav)"
    assert any(leak in notice for notice in notices)
    run_prepare(tmp_path / "out", tmp_path / "again", **SOUND)
    assert {row["split"] for row in manifest(tmp_path / "again")} == {"train", "validation", "test"}
