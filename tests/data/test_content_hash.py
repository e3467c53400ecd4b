"""Content hashes and their memory."""

import os
from pathlib import Path

import pytest

from tests.support.audio import noise, write
from wavegan_src.data import content_hash
from wavegan_src.data.content_hash import hash_file, hash_files
from wavegan_src.data.recordings import scan


def test_unchanged_files_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(3):
        write(tmp_path / "data" / f"{index}.wav", noise(0.5, index))
    memo = tmp_path / "memo.json"
    first = hash_files(scan(tmp_path / "data"), memo, 2)
    assert len(set(first)) == 3
    changed = write(tmp_path / "data" / "1.wav", noise(0.5, 9))
    os.utime(changed, ns=(1, 1))
    read: list[Path] = []

    def watched(path: Path) -> str:
        read.append(path)
        return hash_file(path)

    monkeypatch.setattr(content_hash, "hash_file", watched)
    second = hash_files(scan(tmp_path / "data"), memo, 2)
    assert read == [changed]
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, False, True]


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"a": 1}', "\x00"])
def test_broken_memory_is_replaced(tmp_path: Path, text: str) -> None:
    write(tmp_path / "data" / "a.wav", noise(0.5))
    memo = tmp_path / "memo.json"
    memo.write_text(text)
    hashes = hash_files(scan(tmp_path / "data"), memo, 1)
    assert hashes == [hash_file(tmp_path / "data" / "a.wav")]
    assert hashes[0] in memo.read_text()


def test_unreadable_file_has_a_hash_of_its_own(tmp_path: Path) -> None:
    assert hash_file(tmp_path / "nothing") == "unreadable"
