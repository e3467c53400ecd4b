"""Cutting files into windows while they are decoded."""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.audio import noise, sine, write
from wavegan_src.data.windows import FileWindows, Window, WindowCutter, WindowSpec
from wavegan_src.dsp.clips import hop_length, window_starts

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
    monkeypatch.setattr("wavegan_src.data.decoding.sndfile.BLOCK_VALUES", 777)
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


def test_non_finite_samples_spoil_only_their_windows(tmp_path: Path) -> None:
    sound = noise(2.5)
    sound[1700], sound[1710] = np.nan, np.inf
    windows = cut(write(tmp_path / "a.wav", sound, subtype="FLOAT"))
    assert [window.dropped for window in windows] == [
        None, None, "non-finite samples", "non-finite samples", None, None, None, None, None,
    ]  # fmt: skip
    assert all(np.isfinite(window.samples).all() for window in windows)
    np.testing.assert_array_equal(windows[4].samples, sound[2000:3000])


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


MEASURE = """
import resource, sys
from pathlib import Path
from wavegan_src.data.windows import FileWindows, WindowSpec
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
