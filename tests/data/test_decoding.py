"""Decoding: formats, channels, damage, and what ffmpeg reads; looked at through the windows that come of it."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, sine, unprivileged, write
from wavegan_src.data.audio_files import DamagedAudioError, read_header
from wavegan_src.data.decoding import mix_down
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


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_mono_is_the_mean_of_the_channels(tmp_path: Path, channels: int) -> None:
    sound = np.stack([noise(0.5, seed) for seed in range(channels)], axis=1)
    path = write(tmp_path / "a.wav", sound, subtype="FLOAT")
    np.testing.assert_allclose(cut(path)[0].samples, sound.mean(axis=1), atol=1e-7)


def test_absurd_values_are_like_non_finite_ones() -> None:
    block = mix_down(np.array([[1e38, 1e38], [0.5, 0.25]], np.float32))
    assert block.unusable is not None
    assert block.unusable.tolist() == [True, False]
    assert block.samples.tolist() == [0.0, 0.375]


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


FAKE_FFMPEG = """#!{python}
import struct, sys
import soundfile as sf
path = sys.argv[sys.argv.index("-i") + 1].removeprefix("file:")
try:
    sound, rate = sf.read(open(path, "rb"), dtype="float32", always_2d=True)
except sf.SoundFileError:
    sys.exit(f"[x @ 0x1] {{path}}: Invalid data found")
if sys.argv[-1] != "-":
    print(f"  Duration: 00:00:{{len(sound) / rate:.2f}}, start: 0", file=sys.stderr)
    print(f"  Stream #0:0(und): Audio: aac (LC), {{rate}} Hz, stereo, fltp, 128 kb/s", file=sys.stderr)
    sys.exit("At least one output file must be specified")
sys.stdout.buffer.write(struct.pack(">4s5I", b".snd", 32, 0xFFFFFFFF, 6, rate, sound.shape[1]) + bytes(8))
sys.stdout.buffer.write(sound.astype(">f4").tobytes())
if "broken" in path:
    sys.exit("[aac @ 0x1] Error decoding")
"""


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that decodes WAV files of any name and speaks like ffmpeg."""
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(FAKE_FFMPEG.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script with a shebang line")
@pytest.mark.usefixtures("ffmpeg")
def test_ffmpeg_decodes_the_rest(tmp_path: Path) -> None:
    sound = np.stack([noise(1.5, 1), noise(1.5, 2)], axis=1)
    for name in ("a b ż.m4a", "broken.m4a"):
        write(tmp_path / "x.wav", sound, subtype="FLOAT").rename(tmp_path / name)
    header = read_header(tmp_path / "a b ż.m4a")
    assert (header.sample_rate, header.channels, header.frames) == (2000, 2, 3000)
    windows = FileWindows(tmp_path / "a b ż.m4a", SPEC)
    found = list(windows)
    assert windows.fault is None
    np.testing.assert_allclose(found[1].samples, sound[500:1500].mean(axis=1), atol=1e-7)
    found, second = cut_damaged(tmp_path / "broken.m4a")
    assert (len(found), second) == (5, 1.5)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script with a shebang line")
@pytest.mark.usefixtures("ffmpeg")
def test_what_ffmpeg_cannot_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_text("nothing")
    with pytest.raises(DamagedAudioError, match="Invalid data"):
        FileWindows(tmp_path / "a.m4a", SPEC)
    (tmp_path / "b.m4a").touch()
    with pytest.raises(DamagedAudioError, match="empty"):
        FileWindows(tmp_path / "b.m4a", SPEC)


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_unreadable_file(open_folder: Path) -> None:
    path = write(open_folder / "a.wav", noise(1))
    path.chmod(0)
    with unprivileged(), pytest.raises(PermissionError):
        FileWindows(path, SPEC)
