"""Files with the same sound, their groups, and what is said of them."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import opened, write
from tests.support.sounds import engine_take
from wavegan_src.data.decoding.headers import Header
from wavegan_src.data.recordings import AudioFile, Recording
from wavegan_src.data.split.copies import (
    Pair,
    across,
    find_pairs,
    group_names,
    grouping_notice,
    leak_notice,
    track_pairs,
)
from wavegan_src.utils.progress import no_progress

RATE, SECONDS = 4000, 1.0
SOUND = {"audio__sample_rate": RATE, "audio__audio_length_seconds": SECONDS, "audio__audio_length_samples": 4000}


def file(name: str, frames: int = 1000) -> AudioFile:
    return AudioFile(name, Path(name), 0, 0, Header(1000, 1, frames))


def recording(name: str, *files: str) -> Recording:
    return Recording(name, tuple(file(each) for each in files or (name,)))


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six takes of 3 s, of two of which there is a quieter, shifted copy in another format."""
    folder = tmp_path_factory.mktemp("takes") / "data"
    for index in range(6):
        write(folder / f"take{index}.wav", engine_take(3, RATE, seed=index), RATE)
    for index in (1, 4):
        write(folder / "phone" / f"rec{index}.flac", 0.2 * engine_take(3, RATE, seed=index)[777:], RATE)
    return folder


def sides(folder: Path, **changes: object) -> tuple[set[str], set[str], list[str]]:
    dataset, notices = opened(folder, **SOUND, **changes)
    training, validation = (
        {dataset.sources[clip].partition(" @")[0] for clip in part} for part in (dataset.train, dataset.validation)
    )
    return training, validation, notices


@pytest.mark.parametrize("seed", range(4))
def test_copies_of_a_take_are_on_one_side(takes: Path, seed: int) -> None:
    training, validation, notices = sides(takes, training__seed=seed, dataset__validation_fraction=0.5)
    for index in (1, 4):
        pair = {f"take{index}.wav", f"phone/rec{index}.flac"}
        assert pair <= training or pair <= validation
    assert len(training) + len(validation) == 8
    assert any(
        "4 recordings are copies or parallel tracks of 2 takes (such as phone/rec1.flac = take1.wav)" in line
        for line in notices
    )


def test_what_was_found_is_kept_with_the_clips(takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sides(takes)
    monkeypatch.setattr("wavegan_src.data.split.copies.find_copies", None)
    assert sides(takes) == before


def test_without_copies_the_split_is_that_of_the_names(tmp_path: Path) -> None:
    for index in range(5):
        write(tmp_path / "data" / f"take{index}.wav", engine_take(2, RATE, seed=index), RATE)
    together, apart = (opened(tmp_path / "data", **SOUND, dataset__copies=value)[0] for value in ("together", "apart"))
    assert together.fingerprint == apart.fingerprint
    assert together.recording_count == apart.recording_count == 5
    assert together.find_leaks(RATE, no_progress) == []


def test_leaks_of_the_users_own_split_are_named_and_left(tmp_path: Path) -> None:
    for index, name in enumerate(("Train/a", "Train/b", "Valid/c", "Test/d")):
        write(tmp_path / "data" / f"{name}.wav", engine_take(2, RATE, seed=index), RATE)
    write(tmp_path / "data" / "Valid" / "excerpt.wav", engine_take(2, RATE, seed=1)[3000:], RATE)
    dataset, notices = opened(tmp_path / "data", **SOUND)
    assert {source.partition("/")[0] for source in dataset.sources} == {"Train", "Valid"}
    (warning,) = [line for line in notices if line.startswith("Warning")]
    assert "1 validation file holds sound that training has too (Valid/excerpt.wav = Train/b.wav)" in warning
    (pair,) = dataset.find_leaks(RATE, no_progress)
    assert (pair.first, pair.second) == ("Valid/excerpt.wav", "Train/b.wav")


def test_copies_in_a_split_of_the_users_own_are_one_recording(tmp_path: Path) -> None:
    for index, name in enumerate(("train/a", "train/b", "val/c")):
        write(tmp_path / "data" / f"{name}.wav", engine_take(2, RATE, seed=index), RATE)
    write(tmp_path / "data" / "val" / "c_quiet.flac", 0.3 * engine_take(2, RATE, seed=2), RATE)
    write(tmp_path / "data" / "val" / "b_again.flac", engine_take(2, RATE, seed=1), RATE)
    dataset, _ = opened(tmp_path / "data", **SOUND)
    assert dataset.validation_recordings == 2  # c and its copy; a copy of what is on the other side stays apart
    assert dataset.recording_count == 4


def test_leaks_of_a_split_that_did_not_look_for_copies_are_found_later(takes: Path) -> None:
    dataset, _ = opened(takes, **SOUND, dataset__copies="apart", dataset__validation_fraction=0.5)
    training = {dataset.sources[clip].partition(" @")[0] for clip in dataset.train}
    expected = {
        pair
        for index in (1, 4)
        if len(pair := frozenset((f"take{index}.wav", f"phone/rec{index}.flac"))) == 2 and len(pair & training) == 1
    }
    assert {frozenset((pair.first, pair.second)) for pair in dataset.find_leaks(RATE, no_progress)} == expected


def test_overlapping_windows_are_not_searched_twice() -> None:
    read: list[int] = []

    def look(clip: int) -> np.ndarray:
        read.append(clip)
        return engine_take(1, RATE, seed=clip)

    find_pairs(look, ["a"] * 5 + ["b"] * 5, [0, 0.5, 1, 1.5, 2] * 2, SECONDS, RATE, no_progress)
    assert sorted(set(read)) == [0, 2, 4, 5, 7, 9]


def test_parallel_tracks_have_one_name_and_one_length() -> None:
    names = ["z/ZOOM1_Tr1.WAV", "z/ZOOM1_Tr2.WAV", "z/ZOOM1_LR.WAV", "y/ZOOM1_Tr1.WAV", "take-L.wav", "take-R.wav"]
    others = ["car1.wav", "car2.wav", "clip_001.wav", "clip_002.wav", "all.wav", "alr.wav"]
    found = track_pairs([*(file(name) for name in names + others), file("z/ZOOM1_Tr3.WAV", 999)])
    assert {(pair.first, pair.second) for pair in found} == {
        ("z/ZOOM1_Tr1.WAV", "z/ZOOM1_Tr2.WAV"),
        ("z/ZOOM1_Tr1.WAV", "z/ZOOM1_LR.WAV"),
        ("take-L.wav", "take-R.wav"),
    }


def test_groups_are_chains_of_pairs() -> None:
    recordings = [recording("a.wav"), recording("b", "b/1.wav", "b/2.wav"), recording("c.wav"), recording("d.wav")]
    pairs = [Pair("c.wav", "b/2.wav", 0.5), Pair("b/1.wav", "a.wav", 1.0), Pair("gone.wav", "d.wav", 1.0)]
    groups = group_names(recordings, pairs)
    assert groups == {"a.wav": "a.wav", "b": "a.wav", "c.wav": "a.wav", "d.wav": "d.wav"}
    assert grouping_notice(groups) == (
        "3 recordings are copies or parallel tracks of 1 take (such as a.wav = b = c.wav): "
        "each take is on one side of the split (dataset.copies)."
    )
    assert grouping_notice({"a": "a", "b": "b"}) is None


def test_pairs_across_a_split_have_the_held_out_file_first() -> None:
    pairs = [Pair("a", "b", 1.0), Pair("b", "c", 0.4), Pair("a", "c", 0.9), Pair("a", "x", 1.0)]
    found = across(pairs, {"a": False, "b": True, "c": False})
    assert found == [Pair("b", "a", 1.0), Pair("b", "c", 0.4)]
    assert leak_notice([], "validation", "training") is None
    assert "1 validation file holds" in str(leak_notice(found, "validation", "training"))
