"""Windows, short recordings, levels, taper and 16-bit storage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.audio import noise, sine
from tests.support.sounds import RATE, engines
from wavegan_src.dsp import clips

totals = st.integers(0, 5000)
lengths = st.integers(1, 800)
overlaps = st.floats(0, 0.95)


@settings(deadline=None)
@given(totals, lengths, overlaps)
def test_windows_cover_all_but_a_tail_shorter_than_half_a_hop(total: int, length: int, overlap: float) -> None:
    hop = clips.hop_length(length, overlap)
    starts = clips.window_starts(total, length, hop)
    covered = np.zeros(total, bool)
    for start in starts:
        assert 0 <= start <= total - length
        covered[start : start + length] = True
    if total < length:
        assert not len(starts)
        return
    missing = np.flatnonzero(~covered)
    assert 2 * len(missing) < hop
    if len(missing):
        assert missing[-1] == total - 1
        assert len(missing) == total - missing[0]
    assert list(starts) == sorted(set(starts.tolist()))


@settings(deadline=None)
@given(totals, lengths, overlaps, st.sampled_from(["loop", "pad", "drop"]))
def test_count_equals_the_windows(total: int, length: int, overlap: float, short: str) -> None:
    hop = clips.hop_length(length, overlap)
    expected = len(clips.window_starts(total, length, hop))
    if total < length:
        expected = int(clips.short_fate(total, length, short, 1000) is None)
    assert clips.count_windows(total, length, hop, short, 1000) == expected


def test_last_window_is_aligned_to_the_end() -> None:
    assert clips.window_starts(10, 4, 4).tolist() == [0, 4, 6]
    assert clips.window_starts(9, 4, 4).tolist() == [0, 4]  # a tail of 1 is less than half of 4


def test_short_recordings_have_their_fates() -> None:
    assert clips.short_fate(0, 1000, "loop", 1000) == "no samples"
    assert clips.short_fate(99, 1000, "loop", 1000) == "shorter than 0.1 s"
    assert clips.short_fate(100, 1000, "loop", 1000) is None
    assert clips.short_fate(500, 1000, "drop", 1000) == "shorter than a clip"
    assert clips.short_fate(996, 1000, "drop", 1000) is None  # a codec's rounding is no shortness


def test_looping_has_no_seam() -> None:
    tone = sine(0.405, 8000, 50)[7:]
    assert abs(tone[0] - tone[-1]) > 0.1  # repeated as it is, it would click
    looped = clips.complete(tone, 10000, "loop", 8000)
    assert len(looped) == 10000
    assert np.abs(np.diff(looped)).max() < 0.05
    np.testing.assert_array_equal(looped[: len(tone) - 80], tone[:-80])


def test_looping_a_constant_keeps_it() -> None:
    np.testing.assert_allclose(clips.loop(np.full(50, 0.5, np.float32), 333, 10), 0.5, rtol=1e-6)


def test_padding_appends_silence() -> None:
    padded = clips.complete(np.ones(300, np.float32), 1000, "pad", 1000)
    assert padded.sum() == 300
    assert not padded[300:].any()


def test_nearly_whole_clip_is_padded_not_looped() -> None:
    completed = clips.complete(np.ones(998, np.float32), 1000, "loop", 1000)
    assert completed[997:].tolist() == [1, 0, 0]


def test_ramps_add_up_to_one() -> None:
    rise = clips.raised_cosine(17)
    np.testing.assert_allclose(rise + rise[::-1], 1, rtol=1e-6)


def test_taper_is_symmetric_and_leaves_the_middle() -> None:
    gain = clips.edge_taper(100, 10)
    np.testing.assert_array_equal(gain, gain[::-1])
    assert (gain[10:-10] == 1).all()
    assert gain[0] < 0.01
    assert (clips.edge_taper(100, 0) == 1).all()
    assert len(clips.edge_taper(5, 1000)) == 5


@pytest.mark.parametrize("level", [1e-20, 1e-4, 0.3, 5.0, 1e9])
def test_peak_normalisation(level: float) -> None:
    normal = clips.normalise(noise(0.5) * np.float32(level), "peak")
    assert clips.peak_level(normal) == pytest.approx(0.95, rel=1e-5)


def test_rms_normalisation() -> None:
    assert clips.rms_level(clips.normalise(noise(0.5) * 3, "rms")) == pytest.approx(0.1, rel=1e-5)


def test_rms_normalisation_never_exceeds_full_scale() -> None:
    click = np.zeros(1000, np.float32)
    click[10] = 0.5
    assert clips.peak_level(clips.normalise(click, "rms")) == pytest.approx(1.0, rel=1e-6)


def test_no_normalisation_clips() -> None:
    out = clips.normalise(np.array([0.5, 1.5, -2.0], np.float32), "none")
    assert out.tolist() == [0.5, 1.0, -1.0]


def test_silence_stays_silence() -> None:
    for mode in ("peak", "rms", "none"):
        assert not clips.normalise(np.zeros(10, np.float32), mode).any()


def test_silence_is_judged_without_the_offset() -> None:
    assert clips.is_silent(np.full(100, 0.3, np.float32), -60)
    assert not clips.is_silent(sine(0.5, level=0.01), -60)


@settings(deadline=None)
@given(st.lists(st.integers(-32767, 32767), min_size=1, max_size=50))
def test_16_bit_round_trip_is_exact(values: list[int]) -> None:
    stored = np.array(values, np.int16)
    np.testing.assert_array_equal(clips.to_int16(clips.from_int16(stored)), stored)


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50))
def test_16_bit_storage_rounds_by_half_a_step(values: list[float]) -> None:
    samples = np.array(values, np.float32)
    assert np.abs(clips.from_int16(clips.to_int16(samples)) - samples).max() <= 0.5 / 32767 + 1e-6


def test_16_bit_storage_clips() -> None:
    assert clips.to_int16(np.array([2.0, -2.0], np.float32)).tolist() == [32767, -32767]


def test_resamples_sets_and_single_clips() -> None:
    sounds = engines(2, seed=2)
    resampled = clips.resample(sounds, RATE, 16000)
    assert resampled.shape == (2, 32000)
    assert resampled.dtype == np.float32
    np.testing.assert_array_equal(resampled[1], clips.resample(sounds[1], RATE, 16000))
    assert clips.resample(sounds, RATE, RATE) is sounds


def test_matches_levels() -> None:
    quiet, loud = engines(2, seed=3)
    assert clips.rms(clips.match_rms(quiet * 0.01, loud)) == pytest.approx(float(clips.rms(loud)), rel=1e-5)
