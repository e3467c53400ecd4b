"""A tree prepared in parts: joined, it is what one call gives; what cannot be joined is told."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.audio import noise, tree_bytes, write
from tests.support.preparing import run_prepare
from wavegan_src.data.prepare.parts import Part
from wavegan_src.utils.errors import UserError


def run_parts(raw: Path, folder: Path, count: int) -> list[Path]:
    outs = [folder / f"part {number}" for number in range(1, count + 1)]
    for number, out in enumerate(outs, 1):
        run_prepare(raw, out, part=Part(number, count))
    return outs


@pytest.fixture
def small(tmp_path: Path) -> Path:
    for index in range(4):
        write(tmp_path / "small" / f"{index}.wav", noise(1, index))
    return tmp_path / "small"


def test_joined_parts_are_what_one_call_gives(small: Path, tmp_path: Path) -> None:
    raw = small
    shutil.copy(raw / "0.wav", raw / "again.wav")  # a copy in another part
    (raw / "empty.wav").touch()
    run_prepare(raw, tmp_path / "whole")
    assert ",0.wav," in (tmp_path / "whole" / "manifest.csv").read_text()  # its group
    parts = run_parts(raw, tmp_path, 3)
    before = [tree_bytes(part) for part in parts]
    for _ in range(2):  # the second time all is there
        joined = run_prepare(raw, tmp_path / "joined", join=parts[::-1])
        assert joined.resumed == joined.recordings
        assert tree_bytes(tmp_path / "joined") == tree_bytes(tmp_path / "whole")
    assert [tree_bytes(part) for part in parts] == before
    shared = [set(tree_bytes(part / "train")) | set(tree_bytes(part / "validation")) for part in parts]
    assert not shared[0] & shared[1] | shared[1] & shared[2] | shared[0] & shared[2]
    assert all(shared)


def test_a_folder_split_is_joined_too(tmp_path: Path) -> None:
    for name in ("train/a", "train/b", "valid/c", "test/d"):
        write(tmp_path / "raw" / f"{name}.wav", noise(1, ord(name[-1])))
    run_prepare(tmp_path / "raw", tmp_path / "whole")
    run_prepare(tmp_path / "raw", tmp_path / "joined", join=run_parts(tmp_path / "raw", tmp_path, 4))
    assert tree_bytes(tmp_path / "joined") == tree_bytes(tmp_path / "whole")


def test_parts_that_cannot_be_joined_are_told(small: Path, tmp_path: Path) -> None:
    one, two = run_parts(small, tmp_path, 2)
    run_prepare(small, tmp_path / "third", part=Part(1, 3))
    run_prepare(small, tmp_path / "other", part=Part(2, 2), overlap=0.5)
    run_prepare(small, tmp_path / "whole")

    def refused(parts: list[Path], match: str) -> None:
        with pytest.raises(UserError, match=match):
            run_prepare(small, tmp_path / "joined", join=parts)
        assert not (tmp_path / "joined").exists()

    refused([one], r"1 of 2 parts are missing: 2/2\.")
    refused([one, two, one], r"are both part 1/2\. Give each part once")
    refused([one, tmp_path / "third"], r"is part 1/3, but .* is part 1/2")
    refused([one, tmp_path / "other"], r"other settings: overlap was 0\.5 there and is 0\.0 here")
    refused([one, tmp_path / "whole"], r"whole is no part of a tree")
    refused([one, tmp_path / "missing"], r"missing is no part of a tree")
    next((two / "train").rglob("*.wav")).unlink()
    refused([one, two], r"part 2 is not finished: 1 of its recordings .*`prepare --part 2/2` there again")
    write(small / "new.wav", noise(1, 9))
    refused([one, two], "was prepared from other recordings")


def test_a_forged_part_names_no_file_elsewhere(small: Path, tmp_path: Path) -> None:
    one, two = run_parts(small, tmp_path, 2)
    record = next((one / ".prepare" / "done").rglob("*.json"))
    values = json.loads(record.read_text())
    values["rows"][0]["clip"] = "../../secret.wav"
    record.write_text(json.dumps(values))
    with pytest.raises(UserError, match="is not finished"):
        run_prepare(small, tmp_path / "joined", join=[one, two])


def test_more_parts_than_recordings(small: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Part 5/9 has no recording, because there are only 4"):
        run_prepare(small, tmp_path / "out", part=Part(5, 9))


def test_a_changed_recording_is_cut_again_when_joining(small: Path, tmp_path: Path) -> None:
    parts = run_parts(small, tmp_path, 2)
    data = (small / "1.wav").read_bytes()
    (small / "1.wav").write_bytes(data[:-2] + b"\x01\x02")
    assert run_prepare(small, tmp_path / "joined", join=parts).resumed == 3


def test_texts_of_parts() -> None:
    assert (Part.parse("3/16"), str(Part(3, 16))) == (Part(3, 16), "3/16")
    for text in ("0/3", "4/3", "3", "a/b", "-1/3", "1/0", "1/99999", "1/3/5", "\x1b/2"):
        with pytest.raises(UserError, match="is no part"):
            Part.parse(text)
