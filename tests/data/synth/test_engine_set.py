"""Sets: balanced, independent of workers, and written so that they read back."""

import errno
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from tests.support.audio import tree_bytes
from wavegan_src.data.synth.engine_set import clip_plan, iter_set, write_set
from wavegan_src.utils.errors import UserError


def _write(out: Path, count: int = 3, seed: int = 0) -> Path:
    return write_set(out, count, seed, 8000, 0.1, 1, None)


def test_classes_and_states_are_balanced() -> None:
    counts = Counter(clip_plan(index, 0)[:2] for index in range(45))
    assert len(counts) == 15
    assert set(counts.values()) == {3}
    assert len({clip_plan(index, seed)[2] for index in range(100) for seed in range(5)}) == 500


def test_names_carry_index_class_and_state() -> None:
    names = [name for name, _, _ in iter_set(6, seconds=0.1)]
    assert names[0] == "procedural_00000_car_petrol_idle"
    assert names[5] == "procedural_00005_car_petrol_cruise"
    assert len(set(names)) == 6


def test_workers_change_neither_order_nor_bytes() -> None:
    alone = list(iter_set(11, seed=4, sample_rate=8000, seconds=0.1))
    shared = list(iter_set(11, seed=4, sample_rate=8000, seconds=0.1, workers=2))
    assert [(name, samples.tobytes(), labels) for name, samples, labels in alone] == [
        (name, samples.tobytes(), labels) for name, samples, labels in shared
    ]


def test_workers_end_with_a_killed_parent() -> None:
    code = (
        "import time; from wavegan_src.data.synth.engine_set import iter_set; "
        "clips = iter_set(10**6, sample_rate=8000, seconds=0.1, workers=2); "
        "next(clips); print('begun', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "begun\n"
        helpers = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    deadline = time.monotonic() + 10
    while (left := [helper for helper in helpers if _runs(helper)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for helper in left:
        helper.kill()
    assert len(helpers) >= 2
    assert not left


def _runs(process: psutil.Process) -> bool:
    """Whether a process is there and has not ended: nobody may ask for an orphan's end in a container."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_longer_set_begins_like_a_shorter_one() -> None:
    short = list(iter_set(2, seconds=0.1))
    begun = list(itertools.islice(iter_set(1000, seconds=0.1), 2))
    assert [samples.tobytes() for _, samples, _ in short] == [samples.tobytes() for _, samples, _ in begun]


def test_a_set_reads_back(tmp_path: Path) -> None:
    told: list[str] = []
    out = tmp_path / "deep" / "set"
    labels_file = write_set(out, 4, 1, 8000, 0.25, 1, told.append)
    assert labels_file == out / "labels.jsonl"
    lines = [json.loads(line) for line in labels_file.read_text(encoding="utf-8").splitlines()]
    clips = list(iter_set(4, 1, 8000, 0.25))
    assert told == [name for name, _, _ in clips]
    assert [line.pop("file") for line in lines] == [f"{name}.wav" for name in told]
    assert lines == [labels.to_json() for _, _, labels in clips]
    for name, samples, _ in clips:
        info = soundfile.info(out / f"{name}.wav")
        assert (info.samplerate, info.channels, info.subtype, info.frames) == (8000, 1, "PCM_16", 2000)
        read, _ = soundfile.read(out / f"{name}.wav", dtype="float32")
        np.testing.assert_allclose(read, samples, atol=1 / 32000)
    assert "not recordings" in (out / "README.txt").read_text(encoding="utf-8")


def test_a_previous_set_is_replaced(tmp_path: Path) -> None:
    _write(tmp_path, count=5)
    _write(tmp_path, count=2)
    assert len(list(tmp_path.glob("*.wav"))) == 2
    assert len((tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    "name", ["song.wav", "README.txt", "notes.md", "labels.jsonl", "procedural_00000_tractor_idle.wav"]
)
def test_other_files_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="holds other files"):
        _write(tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {name: "mine"}


@pytest.mark.parametrize("name", ["song.wav", "procedural_mine.wav", "procedural_00000_boat_idle.wav"])
def test_other_files_among_a_set_are_left_alone(tmp_path: Path, name: str) -> None:
    _write(tmp_path)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    before = tree_bytes(tmp_path)
    with pytest.raises(UserError, match="holds other files"):
        _write(tmp_path)
    assert tree_bytes(tmp_path) == before


@pytest.mark.parametrize("partial", ["labels.jsonl.partial", ".labels.jsonl.12-34.partial"])
def test_an_unfinished_set_is_replaced(tmp_path: Path, partial: str) -> None:
    _write(tmp_path, count=5)
    (tmp_path / "labels.jsonl").rename(tmp_path / partial)
    _write(tmp_path, count=2)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_set_that_was_killed_at_once_is_begun_again(tmp_path: Path) -> None:
    """Before its README.txt marked the folder."""
    (tmp_path / ".README.txt.12-34.partial").write_text("Proc")
    _write(tmp_path, count=2)
    assert len(list(tmp_path.iterdir())) == 4


def test_labels_are_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        if list(tmp_path.glob(".labels.jsonl.*.partial")):
            raise OSError(errno.ENOSPC, "no")

    monkeypatch.setattr("wavegan_src.utils.files.os.fsync", fail)
    with pytest.raises(UserError, match="is full"):
        _write(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".wav", ".txt"}


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "set").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match="is a file"):
        _write(tmp_path / "set")


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "is full"), (errno.EACCES, "cannot be written")])
def test_a_failing_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def fail(path: Path, data: bytes) -> int:
        raise OSError(number, "no")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(UserError, match=words):
        _write(tmp_path)
    assert not (tmp_path / "labels.jsonl").exists()


def test_numbers_out_of_range_are_told_before_anything_is_written(tmp_path: Path) -> None:
    for count in (0, -3):
        with pytest.raises(UserError, match="number of clips"):
            iter_set(count)
    with pytest.raises(UserError, match="workers"):
        iter_set(1, workers=0)
    with pytest.raises(UserError, match="number of clips"):
        _write(tmp_path / "never", count=0)
    with pytest.raises(UserError, match="sample rate"):
        write_set(tmp_path / "never", 1, 0, 10, 0.1, 1, None)
    assert not (tmp_path / "never").exists()
