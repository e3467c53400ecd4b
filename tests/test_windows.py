"""Cutting files into windows while they are decoded, and the decoding itself."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
from audio_helpers import noise, open_folder, sine, unprivileged, write
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.audio_files import DamagedAudioError, read_header
from wavegan_src.clips import hop_length, window_starts
from wavegan_src.decoding import mix_down
from wavegan_src.windows import FileWindows, Window, WindowCutter, WindowSpec

__all__ = ["open_folder"]  # a fixture
SPEC = WindowSpec(2000, 1000, 0.5, "loop", -60.0)


def cut(path: Path, spec: WindowSpec = SPEC) -> list[Window]:
    return list(FileWindows(path, spec))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 4000), st.lists(st.integers(0, 700), max_size=12), st.floats(0, 0.95), st.integers(100, 900))
def test_streaming_equals_cutting_the_whole(total: int, sizes: list[int], overlap: float, length: int) -> None:
    samples = np.arange(1, total + 1, dtype=np.float32)
    cutter = WindowCutter(WindowSpec(1000, length, overlap, "drop", -200), 1000)
    edges = np.unique(np.clip(np.cumsum([0, *sizes, total]), 0, total))
    windows = [window for low, high in itertools.pairwise(edges) for window in cutter.push(samples[low:high])]
    windows += cutter.finish()
    starts = window_starts(total, length, hop_length(length, overlap))
    kept = [window for window in windows if window.dropped is None]
    if total >= length:
        assert [round(window.offset * 1000) for window in kept] == starts.tolist()
        for window, start in zip(kept, starts, strict=True):
            np.testing.assert_array_equal(window.samples, samples[start : start + length])


def test_streaming_resampling_equals_resampling_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavegan_src.decoding.BLOCK_VALUES", 777)
    sound = np.stack([noise(3, 1, 5512), noise(3, 2, 5512)], axis=1)
    path = write(tmp_path / "a.wav", sound, 5512, subtype="FLOAT")
    whole = soxr.resample(sound.mean(axis=1), 5512, 2000, quality="HQ")
    windows = cut(path)
    starts = window_starts(len(whole), 1000, 500)
    assert [window.offset for window in windows] == (starts / 2000).tolist()
    for window, start in zip(windows, starts, strict=True):
        np.testing.assert_allclose(window.samples, whole[start : start + 1000], atol=2e-6)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000])
def test_a_sine_keeps_frequency_and_level(tmp_path: Path, rate: int) -> None:
    spec = WindowSpec(22050, 22050, 0.0, "loop", -60.0)
    window = cut(write(tmp_path / "a.wav", sine(1.5, rate, 1000, 0.5), rate, subtype="PCM_24"), spec)[0]
    spectrum = np.abs(np.fft.rfft(window.samples * np.hanning(22050)))
    assert int(spectrum.argmax()) == 1000
    assert np.abs(window.samples[2000:-2000]).max() == pytest.approx(0.5, rel=0.01)


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


def test_non_finite_samples_spoil_only_their_windows(tmp_path: Path) -> None:
    sound = noise(2.5)
    sound[1700], sound[1710] = np.nan, np.inf
    windows = cut(write(tmp_path / "a.wav", sound, subtype="FLOAT"))
    assert [window.dropped for window in windows] == [
        None, None, "non-finite samples", "non-finite samples", None, None, None, None, None,
    ]  # fmt: skip
    assert all(np.isfinite(window.samples).all() for window in windows)
    np.testing.assert_array_equal(windows[4].samples, sound[2000:3000])


def test_absurd_values_are_like_non_finite_ones() -> None:
    block = mix_down(np.array([[1e38, 1e38], [0.5, 0.25]], np.float32))
    assert block.unusable is not None
    assert block.unusable.tolist() == [True, False]
    assert block.samples.tolist() == [0.0, 0.375]


def test_clipped_share_counts_any_channel_of_the_source(tmp_path: Path) -> None:
    sound = np.stack([noise(1, 1, 4000), noise(1, 2, 4000)], axis=1)
    sound[:200, 1] = 1.0
    spec = WindowSpec(2000, 1000, 0.0, "loop", -60.0)
    windows = cut(write(tmp_path / "a.wav", sound, 4000, subtype="FLOAT"), spec)
    assert [window.clipped_share for window in windows] == [pytest.approx(0.1), 0.0]


def test_levels_are_measured(tmp_path: Path) -> None:
    window = cut(write(tmp_path / "a.wav", sine(0.5, level=0.5), subtype="FLOAT"))[0]
    assert window.peak == pytest.approx(0.5, rel=1e-3)
    assert window.rms == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)


def test_silence_is_dropped(tmp_path: Path) -> None:
    sound = np.concatenate([sine(0.5), np.zeros(1000, np.float32)])
    windows = cut(write(tmp_path / "a.wav", sound), WindowSpec(2000, 1000, 0.0, "loop", -60.0))
    assert [window.dropped for window in windows] == [None, "silent"]


@pytest.mark.parametrize(("count", "why"), [(0, "no samples"), (1, "shorter than 0.1 s"), (199, "shorter than 0.1 s")])
def test_next_to_nothing_is_dropped(tmp_path: Path, count: int, why: str) -> None:
    windows = cut(write(tmp_path / "a.wav", np.full(count, 0.5, np.float32)))
    assert [window.dropped for window in windows] == [why]


@pytest.mark.parametrize(("mode", "dropped"), [("loop", None), ("pad", None), ("drop", "shorter than a clip")])
def test_short_recordings(tmp_path: Path, mode: str, dropped: str | None) -> None:
    path = write(tmp_path / "a.wav", noise(0.3))
    (window,) = cut(path, WindowSpec(2000, 1000, 0.5, mode, -60.0))
    assert window.dropped == dropped
    if dropped is None:
        assert window.samples.shape == (1000,)
        assert bool(window.samples[900:].any()) is (mode == "loop")


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


MEASURE = """
import resource, sys
from pathlib import Path
from wavegan_src.windows import FileWindows, WindowSpec
spec = WindowSpec(8000, 16000, 0.0, "loop", -60.0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for window in FileWindows(Path(sys.argv[1]), spec))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_three_hours_need_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    minute = sine(60, 8000, 100)
    with sf.SoundFile(path, "w", 8000, 1, "PCM_U8") as file:
        for _ in range(180):
            file.write(minute)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    count, kilobytes = map(int, done.stdout.split())
    assert count == 3 * 3600 // 2
    assert kilobytes < 30_000  # the samples alone would be 345 MB


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_unreadable_file(open_folder: Path) -> None:
    path = write(open_folder / "a.wav", noise(1))
    path.chmod(0)
    with unprivileged(), pytest.raises(PermissionError):
        FileWindows(path, SPEC)
