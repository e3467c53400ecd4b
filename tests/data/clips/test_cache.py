"""The clip cache: keys, atomic builds, concurrency, leftovers, full disks."""

import errno
import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import numpy as np
import pytest

from wavegan_src.data.clips import shards
from wavegan_src.data.clips.cache import CachedClips, cache_key, open_or_build
from wavegan_src.data.clips.shards import Shards
from wavegan_src.data.encoding import EncodedClips, spill_file
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root

LENGTH = 100


def produce(folder: Path) -> Iterator[EncodedClips]:
    for source in range(3):
        clips = EncodedClips(f"{source}.wav", spill_file(folder))
        for number in range(source):
            clips.add(np.full(LENGTH, 10 * source + number, np.int16), number * 0.5, 1.0)
        if source == 0:
            clips.dropped["silent"] += 2
            clips.problem = "damaged"
        yield clips


def build(root: Path, key: str = "key") -> CachedClips:
    return open_or_build(root, key, LENGTH, 600, produce)


def leftovers(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "clips").iterdir() if path.name != "key")


def test_build_and_open(tmp_path: Path) -> None:
    for clips in (build(tmp_path), open_or_build(tmp_path, "key", LENGTH, 600, lambda folder: [])):
        assert isinstance(clips.samples, Shards)
        assert clips.samples.shape == (3, LENGTH)
        assert clips.samples[:][:, 0].tolist() == [10, 20, 21]
        assert clips.index.clip_source.tolist() == [1, 2, 2]
        assert clips.index.offsets.tolist() == [0.0, 0.0, 0.5]
        assert clips.index.summary.dropped == {"silent": 2}
        assert clips.index.summary.problems == ["0.wav: damaged"]
    assert not leftovers(tmp_path)


def test_large_sources_are_spilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavegan_src.data.encoding.SPILL_BYTES", 50)
    assert build(tmp_path).samples[:][:, 0].tolist() == [10, 20, 21]
    assert not leftovers(tmp_path)


def test_key_depends_on_contents_and_parameters() -> None:
    base = cache_key([("a", "1"), ("b", "2")], {"x": 1})
    assert base == cache_key([("a", "1"), ("b", "2")], {"x": 1})
    others = [
        cache_key([("a", "1"), ("b", "3")], {"x": 1}),
        cache_key([("a", "1"), ("c", "2")], {"x": 1}),
        cache_key([("a", "1")], {"x": 1}),
        cache_key([("a", "1"), ("b", "2")], {"x": 2}),
    ]
    assert len({base, *others}) == 5


def test_root_is_configured_or_from_the_environment_or_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVEGAN_CACHE", "/somewhere")
    assert cache_root("/here") == Path("/here")
    assert cache_root(None) == Path("/somewhere")
    monkeypatch.delenv("WAVEGAN_CACHE")
    assert cache_root(None).name == "wavegan"


def test_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> Iterator[EncodedClips]:
        yield from itertools.islice(produce(folder), 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_or_build(tmp_path, "key", LENGTH, 600, interrupted)
    assert list((tmp_path / "clips").iterdir()) == []
    assert len(build(tmp_path).samples) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"0.wav: damaged"', '"other.wav: damaged"'),
        ('"each": ', '"each": 0'),
        ('"problems": [', '"problems": [1, '),
        ('"overloaded": 0', '"overloaded": 5'),
    ],
)
def test_a_changed_index_is_written_again(old: str, new: str, tmp_path: Path) -> None:
    build(tmp_path)
    path = tmp_path / "clips" / "key" / "index.json"
    written = path.read_text()
    assert old in written
    path.write_text(written.replace(old, new))
    build(tmp_path)
    assert path.read_text() == written


@pytest.mark.parametrize("name", ["samples-00000.i16", "index.json", "clips.bin", "sources.jsonl", "sources.bin"])
def test_broken_entries_are_built_again(tmp_path: Path, name: str) -> None:
    build(tmp_path)
    path = tmp_path / "clips" / "key" / name
    path.write_bytes(path.read_bytes()[:-8])
    assert build(tmp_path).samples[:][:, 0].tolist() == [10, 20, 21]
    path.unlink()
    assert build(tmp_path).samples[:][:, 0].tolist() == [10, 20, 21]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("block", [shards.BLOCK_BYTES, 64])
def test_samples_that_were_replaced_are_built_again(
    tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "BLOCK_BYTES", block)
    build(tmp_path)
    path = tmp_path / "clips" / "key" / "samples-00000.i16"
    mine = path.read_bytes()
    for others in (bytes(len(mine)), mine[:-1] + b"\1", mine[2:] + mine[:2]):
        path.unlink()  # it is mapped
        path.write_bytes(others)
        assert build(tmp_path).samples[:][:, 0].tolist() == [10, 20, 21]
    assert path.read_bytes() == mine
    assert not leftovers(tmp_path)


def test_concurrent_builders_agree(tmp_path: Path) -> None:
    barrier = threading.Barrier(4, timeout=30)
    found: list[CachedClips] = []

    def meet(folder: Path) -> Iterator[EncodedClips]:
        barrier.wait()
        yield from produce(folder)

    def run() -> None:
        found.append(open_or_build(tmp_path, "key", LENGTH, 600, meet))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [clips.samples[:][:, 0].tolist() for clips in found] == [[10, 20, 21]] * 4
    assert not leftovers(tmp_path)


def test_what_killed_builds_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "my.host")
    clips = tmp_path / "clips"
    mine, dead = f"k.my.host.{os.getpid()}.aa.part", "k.my.host.999999999.aa.part"
    other, old = "k.elsewhere.999999999.aa.part", "k.elsewhere.1.bb.part"
    for name in (mine, dead, other, old):
        (clips / name).mkdir(parents=True)
        (clips / name / "samples-00000.i16").touch()
    os.utime(clips / old, (0, 0))
    build(tmp_path)
    assert leftovers(tmp_path) == sorted([mine, other])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
def test_full_disk_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = shards.open_samples

    def full(path: Path) -> BinaryIO:
        path.symlink_to("/dev/full")
        return opened(path)

    monkeypatch.setattr(shards, "open_samples", full)
    with pytest.raises(UserError, match=r"[0-9] (bytes|KiB).*dataset\.cache_dir") as caught:
        build(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert list((tmp_path / "clips").iterdir()) == []


def test_too_little_space_is_told_before_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**6))
    with pytest.raises(UserError, match=r"1\.9 GiB"):
        open_or_build(tmp_path, "key", LENGTH, 2 * 10**9, produce)
    assert list((tmp_path / "clips").iterdir()) == []


def test_cache_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"dataset\.cache_dir"):
        build(tmp_path / "file")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT])
@pytest.mark.parametrize("above", ["", "cache", "cache/deep"])
def test_cache_below_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, above: str
) -> None:
    def fail(path: Path, *args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path / above))

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(UserError, match=r"cache/deep cannot be written .*dataset\.cache_dir"):
        build(tmp_path / "cache" / "deep")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is Linux's own")
@pytest.mark.parametrize("root", ["/proc/x", "/proc/x/y"])
def test_cache_where_no_folder_can_be_made(root: str) -> None:
    with pytest.raises(UserError, match=r"cannot be written .*dataset\.cache_dir"):
        build(Path(root))


def test_other_errors_are_not_taken_for_the_caches(tmp_path: Path) -> None:
    def fail(folder: Path) -> Iterator[EncodedClips]:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        open_or_build(tmp_path, "key", LENGTH, 600, fail)
