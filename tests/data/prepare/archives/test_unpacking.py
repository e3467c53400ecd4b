"""Archives among recordings: prepared as the same files in a folder would be, also in parts; nothing is left behind."""

import shutil
from pathlib import Path

import pytest

from tests.support.archives import encoded, write_tar
from tests.support.audio import noise, tree_bytes, write
from tests.support.preparing import manifest, run_prepare
from wavegan_src.data.prepare.parts import Part
from wavegan_src.utils.errors import UserError

SOUNDS = {f"{key:03d}.wav": encoded(noise(1, key)) for key in range(3)}
LABELS = b"time_s,rpm\n0,900\n1,950\n"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A recording beside a tar of three samples."""
    write(tmp_path / "raw" / "alone.wav", noise(1, 9))
    described = {name.replace(".wav", ".json"): b"{}" for name in SOUNDS}
    write_tar(tmp_path / "raw" / "sub" / "shard.tar", {**SOUNDS, **described, "001.csv": LABELS})
    return tmp_path / "raw"


def test_it_is_what_a_folder_of_its_files_gives(raw: Path, tmp_path: Path) -> None:
    before = tree_bytes(raw)
    notices: list[str] = []
    run_prepare(raw, tmp_path / "out", notify=notices.append)
    assert "3 sounds of 1 archive unpacked: each is a file of a folder with the archive's name." in notices
    assert not any("not looked at" in notice for notice in notices)
    assert tree_bytes(raw) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]
    folder = tmp_path / "files" / "sub" / "shard.tar"
    for name, content in {**SOUNDS, "001.csv": LABELS}.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    shutil.copy(raw / "alone.wav", tmp_path / "files")
    run_prepare(tmp_path / "files", tmp_path / "same")
    assert tree_bytes(tmp_path / "out") == tree_bytes(tmp_path / "same")
    sources = {row["source"] for row in manifest(tmp_path / "out")}
    assert sources == {"alone.wav", *(f"sub/shard.tar/{name}" for name in SOUNDS)}
    assert run_prepare(raw, tmp_path / "out").resumed == 4


def test_parts_are_joined(raw: Path, tmp_path: Path) -> None:
    run_prepare(raw, tmp_path / "whole")
    parts = [tmp_path / f"part {number}" for number in (1, 2)]
    for number, out in enumerate(parts, 1):
        run_prepare(raw, out, part=Part(number, 2))
    run_prepare(raw, raw / "joined", join=parts)  # inside the recordings
    assert tree_bytes(raw / "joined") == tree_bytes(tmp_path / "whole")


def test_what_a_killed_call_left_is_removed(raw: Path, tmp_path: Path) -> None:
    write(tmp_path / ".out.unpacked" / "tree" / "old.wav", noise(1))
    assert run_prepare(raw, tmp_path / "out").files == 4
    assert not (tmp_path / ".out.unpacked").exists()


def test_archives_without_sound_are_named_and_checkpoints_passed_over(raw: Path, tmp_path: Path) -> None:
    (raw / "best_model.tar").write_bytes(b"PK\x03\x04 as PyTorch writes")
    assert run_prepare(raw, tmp_path / "out").files == 4
    write_tar(raw / "texts.tar", {"1.json": b"{}", "1.csv": LABELS})
    with pytest.raises(UserError, match=r"^There is no sound in texts\.tar\. Take it out of the folder\.$"):
        run_prepare(raw, tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]


def test_an_archive_that_cannot_be_opened_is_named(raw: Path, tmp_path: Path) -> None:
    (raw / "gone.tar").symlink_to(tmp_path / "nowhere.tar")
    with pytest.raises(UserError, match=r"^gone\.tar cannot be read \(No such file or directory\)"):
        run_prepare(raw, tmp_path / "out")
