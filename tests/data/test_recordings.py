"""Grouping files into recordings, and the split."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.audio import noise, write
from wavegan_src.data.decoding.headers import Header
from wavegan_src.data.decoding.problems import describe_unlooked
from wavegan_src.data.recordings import AudioFile, choose_validation, group, scan, unlooked
from wavegan_src.run.own_folders import OwnFolders


def file(name: str, seconds: float = 2.0) -> AudioFile:
    return AudioFile(name, Path(name), 1, 1, Header(1000, 1, round(seconds * 1000)))


def names(files: list[AudioFile], unit: str = "auto") -> list[str]:
    return [recording.name for recording in group(files, unit, 2.0).recordings]


PIECES = [file(f"r{index}/{part}.wav") for index in range(6) for part in range(2)]


def test_auto_takes_many_folders_of_pieces_as_recordings() -> None:
    assert names(PIECES) == [f"r{index}" for index in range(6)]


def test_auto_takes_few_folders_as_classes_and_says_so() -> None:
    grouping = group(PIECES[:10], "auto", 2.0)
    assert len(grouping.recordings) == 10
    assert "too few" in grouping.decision
    assert "recording_unit" in grouping.decision


@pytest.mark.parametrize("other", ["loose.wav", "single/only.wav"])
def test_auto_leaves_other_files_alone(other: str) -> None:
    assert names([*PIECES, file(other)]) == sorted([*(f"r{index}" for index in range(6)), other])


def test_auto_leaves_folders_with_long_files_alone() -> None:
    found = names([*PIECES, file("long/a.wav", 60), file("long/b.wav")])
    assert "long" not in found
    assert {"long/a.wav", "long/b.wav"} <= set(found)
    assert "r0" in found


def test_explicit_units() -> None:
    files = [*PIECES[:4], file("top.wav")]
    assert names(files, "folder") == [".", "r0", "r1"]
    assert names(files, "file") == ["r0/0.wav", "r0/1.wav", "r1/0.wav", "r1/1.wav", "top.wav"]


def test_prepared_tree_keeps_its_split(tmp_path: Path) -> None:
    for name in ("train/a/1.wav", "train/a/2.wav", "train/b.wav", "validation/a/1.wav", ".prepare/x.wav"):
        write(tmp_path / name, noise(0.5))
    grouping = group(scan(tmp_path), "auto", 0.5, tmp_path)
    assert grouping.split_by_folder
    assert [(recording.name, recording.split) for recording in grouping.recordings] == [
        ("train/a", "train"),
        ("train/b.wav", "train"),
        ("validation/a", "validation"),
    ]


def test_other_folders_beside_train_and_validation_make_a_plain_tree(tmp_path: Path) -> None:
    for name in ("train/1.wav", "validation/1.wav", "more/1.wav"):
        write(tmp_path / name, noise(0.5))
    grouping = group(scan(tmp_path), "auto", 0.5, tmp_path)
    assert not grouping.split_by_folder
    assert "The folders train and validation are not taken as a split" in grouping.decision
    assert "more/1.wav" in grouping.decision


def test_a_test_set_is_held_out_of_training_and_validation(tmp_path: Path) -> None:
    for name in ("Train/1.wav", "Train/2.wav", "VALID/1.wav", "val/2.wav", "Test/1.wav"):
        write(tmp_path / name, noise(0.5))
    grouping = group(scan(tmp_path), "auto", 0.5, tmp_path)
    assert grouping.split_by_folder
    splits = {recording.name: recording.split for recording in grouping.recordings}
    assert splits == {
        "Train/1.wav": "train",
        "Train/2.wav": "train",
        "VALID/1.wav": "validation",
        "val/2.wav": "validation",
        "Test/1.wav": "test",
    }
    assert grouping.in_test() == {"Test/1.wav"}
    assert grouping.decision == (
        "The folders Train and VALID and val are taken as the split: 2 recordings to train on, 2 for validation. "
        "1 recordings in Test are held out of both."
    )
    by_the_old_rules = group(scan(tmp_path), "auto", 0.5, tmp_path, rules=1)
    assert not by_the_old_rules.split_by_folder
    assert len(by_the_old_rules.recordings) == 5


def test_without_a_validation_folder_it_is_drawn_from_train(tmp_path: Path) -> None:
    for name in ("train/a/1.wav", "train/a/2.wav", "train/b.wav", "test/1.wav"):
        write(tmp_path / name, noise(2.5))
    grouping = group(scan(tmp_path), "auto", 0.5, tmp_path)
    assert not grouping.split_by_folder
    assert grouping.in_test() == {"test/1.wav"}
    splits = {recording.name: recording.split for recording in grouping.recordings}
    assert splits == {"train/a/1.wav": None, "train/a/2.wav": None, "train/b.wav": None, "test/1.wav": "test"}


def test_scan_tells_damaged_files(tmp_path: Path) -> None:
    write(tmp_path / "good.wav", noise(0.5))
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("no sound" * 100)
    (tmp_path / "link.wav").symlink_to(tmp_path / "nowhere")
    problems = {found.name: found.problem for found in scan(tmp_path)}
    assert problems.pop("good.wav") is None
    assert all(problems.values())
    assert len(problems) == 3


@settings(deadline=None)
@given(st.sets(st.text(min_size=1), max_size=30), st.floats(0, 0.99), st.integers(0, 2**63 - 1))
def test_split_sizes_and_independence_of_order(found: set[str], fraction: float, seed: int) -> None:
    kept = choose_validation(found, fraction, seed)
    assert kept <= found
    shuffled = list(found)
    random.Random(0).shuffle(shuffled)
    assert choose_validation(shuffled, fraction, seed) == kept
    if len(found) < 2 or fraction == 0:
        assert not kept
    else:
        assert len(kept) == min(max(round(fraction * len(found)), 1), len(found) - 1)


def test_split_depends_on_the_seed() -> None:
    found = [str(index) for index in range(100)]
    assert choose_validation(found, 0.2, 1) != choose_validation(found, 0.2, 2)
    assert choose_validation(found, 0.2, 1) == choose_validation(found, 0.2, 1)


def test_split_keeps_most_choices_when_a_recording_is_added() -> None:
    found = [str(index) for index in range(100)]
    before = choose_validation(found, 0.2, 1)
    after = choose_validation([*found, "new"], 0.2, 1)
    assert len(before - after) <= 1


def test_files_that_may_be_sound_under_another_suffix_are_counted(tmp_path: Path) -> None:
    for name in ("a.wav", "b.SD2", "sub/c.sd2", "d.zip", "notes.txt", "cover.jpg", ".hidden.sd2", "none", "out/e.sd2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = unlooked(tmp_path, OwnFolders(tmp_path), exclude=tmp_path / "out")
    assert found == {".sd2": 2, ".zip": 1, "": 1}
    assert describe_unlooked(found) == "4 files with these suffixes were not looked at: .sd2 (2), .zip (1), none (1)"
