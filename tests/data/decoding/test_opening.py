"""Decoding: formats, damage, and what ffmpeg reads; looked at through the windows that come of it."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, sine, unprivileged, write
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.windows import FileWindows, Window, WindowSpec

SPEC = WindowSpec(2000, 1000, 0.5, "loop", -60.0)


def cut(path: Path, spec: WindowSpec = SPEC) -> list[Window]:
    return list(FileWindows(path, spec))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_bit_depths(tmp_path: Path, subtype: str) -> None:
    window = cut(write(tmp_path / "a.wav", sine(0.5), subtype=subtype))[0]
    np.testing.assert_allclose(window.samples, sine(0.5), atol=0.02 if subtype in ("PCM_U8", "ULAW") else 1e-4)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3", "aiff", "au", "caf", "w64", "rf64"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    rate = 44100
    spec = WindowSpec(rate, rate, 0.0, "loop", -60.0)
    window = cut(write(tmp_path / f"a.{suffix}", sine(2, rate, 440), rate), spec)[0]
    assert int(np.abs(np.fft.rfft(window.samples)).argmax()) == 440
    assert window.dropped is None


def cut_damaged(path: Path) -> tuple[list[Window], float]:
    windows = FileWindows(path, SPEC)
    found = [window for window in windows if window.dropped is None]
    assert windows.fault is not None
    return found, windows.fault.second


@pytest.mark.parametrize("suffix", ["flac", "wav", "aiff", "w64"])
def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a.{suffix}", noise(20))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    found, second = cut_damaged(path)
    assert 7 < second < 11
    assert 28 < len(found) < 42


def test_a_hole_in_a_flac_file_gives_what_comes_before(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(30))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    path.write_bytes(data)
    found, second = cut_damaged(path)
    assert 10 < second < 16
    assert len(found) > 35


def test_a_streamed_wav_without_sizes_is_not_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(2))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    windows = FileWindows(path, SPEC)
    assert len(list(windows)) == 7
    assert windows.fault is None


def test_a_flac_stream_that_does_not_tell_its_length_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(20))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the number of samples, as a program that writes to a pipe leaves it
    data[22:26] = bytes(4)
    path.write_bytes(data)
    windows = FileWindows(path, SPEC)
    assert len(list(windows)) == 79
    assert windows.fault is None
    assert 5 < read_header(path).seconds < 80


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_unreadable_file(open_folder: Path) -> None:
    path = write(open_folder / "a.wav", noise(1))
    path.chmod(0)
    with unprivileged(), pytest.raises(PermissionError):
        FileWindows(path, SPEC)
