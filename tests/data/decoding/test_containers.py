"""Files whose container hides part of the sound are read whole, and good ones are left alone."""

import io
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, sine, write
from wavegan_src.data.decoding.containers import Part, PartFile, layout_of_wav
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.windows import FileWindows, WindowSpec

SPEC = WindowSpec(2000, 1000, 0.5, "loop", -60.0)


def unfinished(path: Path, seconds: float = 6, size: int = 0) -> Path:
    """A WAV file whose recorder lost power: its sizes are those of an earlier moment."""
    data = bytearray(write(path, noise(seconds)).read_bytes())
    at = data.find(b"data")
    data[at + 4 : at + 8] = size.to_bytes(4, "little")
    data[4:8] = (36 + size).to_bytes(4, "little")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [0, 4000])
def test_an_unfinished_header_is_read_to_the_end_of_the_file(tmp_path: Path, size: int) -> None:
    path = unfinished(tmp_path / "a.wav", size=size)
    assert read_header(path).seconds == 6
    windows = FileWindows(path, SPEC)
    found = np.concatenate([window.samples for window in list(windows)[::2]])
    np.testing.assert_allclose(found, noise(6), atol=1 / 32768)
    assert windows.fault is None
    assert "never finished" in windows.facts().remark


def test_an_unfinished_header_of_the_long_kind(tmp_path: Path) -> None:
    data = bytearray(write(tmp_path / "a.rf64", noise(6), format="RF64").read_bytes())
    at = data.find(b"ds64")
    data[at + 8 : at + 24] = bytes(16)
    (tmp_path / "a.rf64").write_bytes(data)
    assert read_header(tmp_path / "a.rf64").seconds == pytest.approx(6, abs=0.1)


def test_chunks_after_the_sound_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(1))
    title = b"LIST" + (20_000).to_bytes(4, "little") + b"INFO" + bytes(19_996)
    path.write_bytes(path.read_bytes() + title + b"id3 " + (3).to_bytes(4, "little") + bytes(4))
    assert layout_of_wav(path) is None
    assert read_header(path).seconds == 1


@pytest.mark.parametrize(("suffix", "subtype"), [("ogg", "VORBIS"), ("ogg", "OPUS"), ("flac", "PCM_16")])
def test_files_in_one_are_all_read(tmp_path: Path, suffix: str, subtype: str) -> None:
    rate = 8000
    parts = [
        write(tmp_path / f"{hertz}.{suffix}", sine(1.5, rate, hertz), rate, subtype=subtype).read_bytes()
        for hertz in (400, 900)
    ]
    (tmp_path / f"both.{suffix}").write_bytes(b"".join(parts))
    windows = FileWindows(tmp_path / f"both.{suffix}", WindowSpec(rate, rate, 0.5, "loop", -60.0))
    found = list(windows)
    peaks = [int(np.abs(np.fft.rfft(window.samples)).argmax()) for window in (found[0], found[-1])]
    assert (peaks, len(found)) == ([400, 900], 5)
    assert windows.fault is None
    assert windows.facts().remark == "it is 2 files in one: all are read"


def test_what_follows_at_another_rate_is_told(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{rate}.flac", noise(1, rate=rate), rate).read_bytes() for rate in (2000, 4000)]
    (tmp_path / "both.flac").write_bytes(b"".join(parts))
    windows = FileWindows(tmp_path / "both.flac", SPEC)
    assert len(list(windows)) == 3
    assert windows.fault is not None
    assert (windows.fault.second, "4000 Hz" in windows.fault.reason) == (1.0, True)


def test_a_part_reads_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(100)))
    part = PartFile(tmp_path / "a", Part(b"head", 10, 30))
    whole = b"head" + bytes(range(10, 30))
    assert part.read() == whole
    for at in (0, 2, 4, 20, 24, 30):
        part.seek(at)
        assert (part.read(5), part.tell()) == (whole[at : at + 5], max(at, min(at + 5, 24)))
    part.seek(-3, io.SEEK_END)
    assert part.read(9) == whole[-3:]
    part.close()
