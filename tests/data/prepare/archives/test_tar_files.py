"""Unpacking one tar: what is taken, and bad ones."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from tests.support.archives import encoded, write_tar
from tests.support.audio import noise
from wavegan_src.data.prepare.archives.tar_files import unpack_tar
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_own_folder

SOUND = encoded(noise(0.1))


def unpack(path: Path, folder: Path) -> int:
    return unpack_tar(path, path.name, make_own_folder(folder), lambda amount: None)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_sounds_and_labels_are_taken_by_their_names(tmp_path: Path) -> None:
    long = "k" * 120 + ".wav"  # longer than the header's field
    members = {
        "./0001.wav": SOUND, "0001.json": b"{}", "0001.csv": b"time_s,rpm\n", "sub/0002.FLAC": b"flac",
        "0003.txt": b"x", "engine.json": b"{}", "._0001.wav": b"hidden", ".hidden/0004.wav": b"hidden",
        "0005.left.ogg": b"ogg", long: SOUND,
    }  # fmt: skip
    path = write_tar(tmp_path / "a.tar", members)
    assert unpack(path, tmp_path / "out") == 4
    expected = {"0001.wav", "0001.csv", "sub/0002.FLAC", "engine.json", "0005.left.ogg", long}
    assert names(tmp_path / "out") == expected
    assert (tmp_path / "out" / "0001.wav").read_bytes() == SOUND
    assert (tmp_path / "out" / "sub" / "0002.FLAC").read_bytes() == b"flac"


@pytest.mark.parametrize("name", ["../x.wav", "a/../../x.wav", "/tmp/x.wav"])
def test_nothing_is_written_outside(name: str, tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", {name: SOUND})
    with pytest.raises(UserError, match=r"a\.tar has a member that would lie outside its folder, .*x\.wav"):
        unpack(path, tmp_path / "out" / "deep")
    assert names(tmp_path) == {"a.tar"}


def test_two_members_of_one_name_are_told(tmp_path: Path) -> None:
    for names_twice in (["1.wav", "./1.wav"], ["1.wav", "1.wav/2.wav"]):
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as tar:
            for name in names_twice:
                tar.addfile(tarfile.TarInfo(name))
        with pytest.raises(UserError, match=r"a\.tar has two members that would lie at 1\.wav"):
            unpack(path, tmp_path / f"out {names_twice[1][0]}")


@pytest.mark.parametrize("name", ["a.tar.gz", "a.TGZ"])
def test_compressed_tars_are_read_and_damaged_ones_are_told(name: str, tmp_path: Path) -> None:
    plain = write_tar(tmp_path / "a.tar", {"1.wav": SOUND, "2.json": b"{}", "sub/3.wav": SOUND}).read_bytes()
    path, whole = tmp_path / name, gzip.compress(plain)
    path.write_bytes(whole)
    assert unpack(path, tmp_path / "out") == 2
    assert (tmp_path / "out" / "sub" / "3.wav").read_bytes() == SOUND
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    cut_inside = gzip.compress(plain[: plain.rindex(SOUND) + 100])
    for place, content in enumerate([b"", whole[:30], whole[:-20], bytes(damaged), plain, cut_inside]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=rf"{name} is damaged or ends too early"):
            unpack(path, tmp_path / f"out {place}")


def test_links_are_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name in ("x.wav", "z"):
            tar.add(link, name)
        info = tarfile.TarInfo("z/in.wav")
        info.size = len(SOUND)
        tar.addfile(info, io.BytesIO(SOUND))
    assert unpack(tmp_path / "a.tar", tmp_path / "out") == 1
    link.unlink()
    assert names(tmp_path) == {"a.tar", "out/z/in.wav"}


def test_a_cut_tar_is_told_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "a.tar", {"1.wav": SOUND, "2.json": b"{}", "3.wav": SOUND}).read_bytes()
    end = whole.rindex(SOUND) + len(SOUND)
    cuts = [0, 100, 512, 600, end - 10, end - len(SOUND) - 100, end - len(SOUND) - 512, end - len(SOUND)]
    for cut in cuts:  # in headers, in contents, between members
        (tmp_path / "a.tar").write_bytes(whole[:cut])
        with pytest.raises(UserError, match=r"a\.tar is damaged or ends too early"):
            unpack(tmp_path / "a.tar", tmp_path / f"out {cut}")
    (tmp_path / "a.tar").write_bytes(b"no tar at all" * 100)
    with pytest.raises(UserError, match=r"a\.tar is damaged"):
        unpack(tmp_path / "a.tar", tmp_path / "out")
