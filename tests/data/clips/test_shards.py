"""Samples in several files: the same clips wherever the files end, and contents that are looked at."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

from wavegan_src.data.clips import shards
from wavegan_src.data.clips.shards import Shards, ShardWriter, clips_of_a_shard, hash_shards, open_shards, shard_path
from wavegan_src.dsp.clips import I16

LENGTH = 10


@pytest.fixture
def clips() -> I16:
    return np.arange(7 * LENGTH, dtype=np.int16).reshape(7, LENGTH)


def written(folder: Path, clips: I16, in_pieces: int = 33) -> list[str]:
    folder.mkdir(exist_ok=True)
    data = clips.tobytes()
    with ShardWriter(folder, LENGTH) as writer:
        for start in range(0, len(data), in_pieces):
            writer.add(io.BytesIO(data[start : start + in_pieces]))
        writer.close()
    return hash_shards(folder)


@pytest.mark.parametrize("size", [1, 2 * LENGTH, 50, 2 * 7 * LENGTH, 10**6])
def test_shards_are_one_array(tmp_path: Path, clips: I16, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", size)
    hashes = written(tmp_path, clips)
    each = clips_of_a_shard(LENGTH)
    assert len(hashes) == len(list(tmp_path.iterdir())) == -(-7 // each)
    found = open_shards(tmp_path, 7, LENGTH, hashes, each)
    assert (len(found), found.shape) == (7, (7, LENGTH))
    np.testing.assert_array_equal(found, clips)
    for rows in ([6, 0, 0, 3], [], [2]):
        np.testing.assert_array_equal(found[rows], clips[np.array(rows, np.int64)])
    np.testing.assert_array_equal(found[1:6:2], clips[1:6:2])
    for row in (0, 6, -1):
        np.testing.assert_array_equal(found[row], clips[row])
    for beyond in (7, [0, 7]):
        with pytest.raises(IndexError):
            found[beyond]


def test_no_clips_are_an_empty_array(tmp_path: Path, clips: I16) -> None:
    found = open_shards(tmp_path, 0, LENGTH, written(tmp_path, clips[:0]), clips_of_a_shard(LENGTH))
    assert found[:].shape == (0, LENGTH)


def test_other_sizes_and_contents_are_refused(tmp_path: Path, clips: I16, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 2 * LENGTH * 3)
    hashes = written(tmp_path, clips)
    for count, each in ((8, 3), (6, 3), (7, 4)):
        with pytest.raises(ValueError, match="sizes"):
            open_shards(tmp_path, count, LENGTH, hashes, each)
    with pytest.raises(ValueError, match="content"):
        open_shards(tmp_path, 7, LENGTH, [*hashes[:2], hashes[0]], 3)
    shard_path(tmp_path, 1).unlink()
    with pytest.raises(FileNotFoundError):
        open_shards(tmp_path, 7, LENGTH, hashes, 3)


def test_what_was_hashed_is_not_hashed_again_until_it_changes(
    tmp_path: Path, clips: I16, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 2 * LENGTH * 3)
    monkeypatch.setattr(shards, "HASHED_BYTES", 100)
    hashes = written(tmp_path, clips)
    read: list[str] = []
    hashed = shards.hash_samples

    def noted(path: Path) -> str:
        read.append(path.name)
        return hashed(path)

    monkeypatch.setattr(shards, "hash_samples", noted)

    def names_read() -> list[str]:
        read.clear()
        open_shards(tmp_path, 7, LENGTH, hashes, 3)
        return list(read)

    every = [shard_path(tmp_path, number).name for number in range(3)]
    assert [names_read(), names_read()] == [every, []]
    second = shard_path(tmp_path, 1)
    os.utime(second, ns=(1, 1))
    assert [names_read(), names_read()] == [[second.name], []]
    second.write_bytes(bytes(second.stat().st_size))
    with pytest.raises(ValueError, match="content"):
        open_shards(tmp_path, 7, LENGTH, hashes, 3)
    (tmp_path / shards.STAMPS).write_text("{")
    with pytest.raises(ValueError, match="content"):
        open_shards(tmp_path, 7, LENGTH, hashes, 3)


def test_arrays_in_memory_are_shards(clips: I16) -> None:
    np.testing.assert_array_equal(Shards([clips[:4], clips[4:]])[[5, 1]], clips[[5, 1]])
