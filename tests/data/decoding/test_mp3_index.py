"""MP3 files without a right index: all frames are counted and decoded."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import noise, write
from wavegan_src.data.decoding.mp3_index import index_of_frames
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.windows import FileWindows, WindowSpec

RATE = 32000
SPEC = WindowSpec(8000, 8000, 0.0, "loop", -60.0)


def variable(path: Path) -> bytes:
    """A loud second, then a faint one, at variable bit rate; with its index."""
    sound = np.concatenate([noise(1, 1, RATE, 0.3), noise(1, 2, RATE, 0.003)])
    with sf.SoundFile(path, "w", RATE, 1, format="MP3", bitrate_mode="VARIABLE") as file:
        file.write(sound)
    return path.read_bytes()


def without_index(data: bytes) -> bytes:
    """The file without its first frame, which holds the index."""
    return data[data.index(b"\xff\xfb", 4) :]


@pytest.mark.parametrize("front", [b"", b"ID3\x03\0\0\0\0\x02\x10" + bytes(272), b"junk" * 30])
def test_all_of_a_file_without_an_index_is_read(tmp_path: Path, front: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(front + without_index(variable(path)))
    with sf.SoundFile(path) as file:
        assert file.frames < 1.9 * RATE  # what libsndfile alone makes of it
    assert read_header(path).seconds == pytest.approx(2.1, abs=0.1)
    windows = FileWindows(path, SPEC)
    assert len([window for window in windows if window.dropped is None]) == 2
    assert windows.fault is None


def test_a_right_index_is_left_alone(tmp_path: Path) -> None:
    data = variable(tmp_path / "a.mp3")
    assert index_of_frames(data) is None
    assert index_of_frames(data + b"TAG" + bytes(125)) is None
    assert index_of_frames(b"no sound at all" * 50) is None
    assert index_of_frames(b"") is None


def test_an_index_of_the_first_of_two_files_is_not_believed(tmp_path: Path) -> None:
    one = write(tmp_path / "a.mp3", noise(3, 1, RATE), RATE).read_bytes()
    two = write(tmp_path / "b.mp3", noise(12, 2, RATE), RATE).read_bytes()
    (tmp_path / "a.mp3").write_bytes(one + two)
    assert read_header(tmp_path / "a.mp3").seconds == pytest.approx(15.2, abs=0.2)
    assert len(list(FileWindows(tmp_path / "a.mp3", SPEC))) == 15


def test_the_frame_in_front_gives_the_count(tmp_path: Path) -> None:
    data = without_index(variable(tmp_path / "a.mp3"))
    found = index_of_frames(data)
    assert found is not None
    at = found.head.index(b"Xing")
    assert struct.unpack(">II", found.head[at + 4 : at + 12]) == (1, found.frames // 1152)
    assert data[found.start : found.start + 2] == b"\xff\xfb"
