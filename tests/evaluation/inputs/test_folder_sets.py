"""Folders as the sets of an evaluation: what is read, what is compared, and which sounds are on both sides."""

from pathlib import Path

import pytest

from tests.support.audio import write
from tests.support.sounds import engine_take
from wavegan_src.evaluation.inputs.folder_sets import folder_sets
from wavegan_src.evaluation.inputs.sets import Sets
from wavegan_src.run.marker import Kind, mark_folder
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import no_progress

RATE = 4000


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path / "cache"))


def put(folder: Path, takes: dict[str, int], start: int = 0) -> Path:
    """Recordings of 2 s, by name and seed."""
    for name, seed in takes.items():
        write(folder / f"{name}.wav", engine_take(2, RATE, seed=seed)[start:], RATE)
    return folder


def sets(real: Path, generated: Path, training: Path | None = None) -> Sets:
    return folder_sets(real, generated, training, rate=RATE, seconds=1.0, progress=no_progress)


def test_partial_leaks_into_the_training_folder_are_named(tmp_path: Path) -> None:
    real = put(tmp_path / "real", {"a": 1, "b": 2, "c": 3})
    training = put(tmp_path / "training", {"x": 11, "y": 12})
    put(training, {"excerpt of b": 2}, start=2500)
    generated = put(tmp_path / "generated", {"g": 21, "h": 22})
    found = sets(real, generated, training)
    (notice,) = [notice for notice in found.notices if "holds sound" in notice]
    assert "1 real file holds sound that training has too (b.wav = excerpt of b.wav)" in notice
    assert not any("sound that training has" in notice for notice in sets(real, generated).notices)


def test_copies_count_as_one_recording_where_real_clips_are_split(tmp_path: Path) -> None:
    real = put(tmp_path / "real", {"a": 1, "b": 2})
    put(real, {"copy": 1}, start=300)
    found = sets(real, put(tmp_path / "generated", {"g": 21}))
    assert set(found.reference.recordings) == {"a.wav", "b.wav"}


def test_a_test_set_is_the_reference(tmp_path: Path) -> None:
    real = put(tmp_path / "real", {"Train/a": 1, "Train/b": 2, "val/c": 3, "Test/d": 4})
    put(real, {"Test/leak": 2}, start=500)
    found = sets(real, put(tmp_path / "generated", {"g": 21}))
    assert found.training is not None
    assert {name.partition("/")[0] for name in found.reference.names} == {"Test"}
    assert {name.partition("/")[0] for name in found.training.names} == {"Train"}
    assert found.reference.title == f"4 clips in {real}, Test"
    assert found.training.title == f"4 clips in {real}, Train"
    assert any("The test set in" in notice for notice in found.notices)
    assert any("(Test/leak.wav = Train/b.wav)" in notice for notice in found.notices)


def test_the_programs_own_folders_are_no_recordings_and_generated_ones_are_generated(tmp_path: Path) -> None:
    data = put(tmp_path / "data", {"a": 1, "b": 2})
    for name, kind in (("run", Kind.RUN), ("run/samples", Kind.SAMPLES), ("run/generated", Kind.GENERATED)):
        (data / name).mkdir()
        mark_folder(data / name, kind)
    put(data / "run" / "samples", {"s": 5})
    put(data / "run" / "generated", {"generated_from_procedural_1": 6, "generated_2": 7})
    found = sets(data, data / "run")
    assert {name.partition(" @")[0] for name in found.reference.names} == {"a.wav", "b.wav"}
    assert {name.partition(" @")[0] for name in found.generated.names} == {
        "generated/generated_from_procedural_1.wav",
        "generated/generated_2.wav",
    }
    (tmp_path / "above").mkdir()
    (data / "run").rename(tmp_path / "above" / "run")
    with pytest.raises(UserError, match=r"no audio file in it\. Not taken as recordings.* run \(a run\)"):
        sets(tmp_path / "above", put(tmp_path / "generated", {"g": 8}))
