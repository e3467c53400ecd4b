"""Texture features against NumPy on each band's levels, and what they must not depend on."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import kurtosis, skew

from tests.support.driving import condition
from wavegan_src.dsp.mel import mel_filters
from wavegan_src.models.drive.texture import (
    APART,
    BANDS,
    LAGS,
    LINES_EDGES_HZ,
    LINES_WINDOW,
    LOW_BINS,
    LOW_LAGS,
    WIDE_BANDS,
    WIDE_FROM_HZ,
    WIDE_KEPT,
    WIDE_LAGS,
    Texture,
)

RATE, HOP = 8192, 32


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    """A slowly swelling noise, and one with a beat."""
    random = torch.Generator().manual_seed(4)
    time = torch.arange(RATE) / RATE
    envelopes = torch.stack([0.2 + time, 1 + 0.8 * torch.sin(2 * torch.pi * 11 * time)])
    return 0.1 * (envelopes * torch.randn(2, RATE, generator=random))[:, None]


def powers_of(clip: np.ndarray, hops: int) -> np.ndarray:
    """Power `(frames, bins)`, window by window, four in each."""
    size = hops * HOP
    window = np.hanning(size + 1)[:-1]
    pieces = [clip[start : start + size] * window for start in range(0, len(clip) - size + 1, size // 4)]
    return np.asarray(np.abs(np.fft.rfft(pieces)) ** 2)


def levels_of(clip: np.ndarray) -> np.ndarray:
    """Natural log of mel power `(bands, frames)`."""
    filters = np.asarray(mel_filters(RATE, 16 * HOP, BANDS, 40.0, RATE / 2))
    return np.asarray(np.log(powers_of(clip, 16) @ filters + 1e-7).T)


def standardised(levels: np.ndarray) -> np.ndarray:
    return np.asarray((levels - levels.mean(1, keepdims=True)) / (levels.std(1, keepdims=True) + 0.05))


def test_they_are_means_deviations_and_correlations_of_the_levels(clips: torch.Tensor) -> None:
    mean, uneven, deviation, bumpy, over_time, over_bands, *_ = (
        group[1].numpy() for group in Texture(RATE)(clips, None)
    )
    levels = levels_of(clips[1, 0].double().numpy())
    np.testing.assert_allclose(mean, levels.mean(1), atol=1e-3)
    np.testing.assert_allclose(np.exp(deviation), levels.std(1) + 0.05, rtol=1e-3)
    for of, found in ((mean, uneven), (deviation, bumpy)):
        expected = [of[band] - (of[band - 1] + of[band + 1]) / 2 for band in range(1, BANDS - 1)]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    standard = standardised(levels)
    for number, lag in enumerate(LAGS):
        expected = [np.mean(row[lag:] * row[:-lag]) for row in standard]
        np.testing.assert_allclose(over_time[number * BANDS :][:BANDS], expected, atol=1e-3)
    last = [np.mean(standard[band] * standard[band + APART[-1]]) for band in range(BANDS - APART[-1])]
    np.testing.assert_allclose(over_bands[-len(last) :], last, atol=1e-3)


def test_sequences_are_correlations_of_each_band_with_each_some_frames_earlier(clips: torch.Tensor) -> None:
    low, wide = (group[1].double().numpy() for group in Texture(RATE)(clips, None)[-5:-3])
    clip = clips[1, 0].double().numpy()
    filters = np.asarray(mel_filters(RATE, 8 * HOP, WIDE_BANDS, WIDE_FROM_HZ, RATE / 2))[:, :WIDE_KEPT]
    compared = (
        (low, powers_of(clip, 16)[:, LOW_BINS], LOW_LAGS),
        (wide, powers_of(clip, 8) @ filters, WIDE_LAGS),
    )
    for found, power, lags in compared:
        rows = standardised(np.log(power + 1e-7).T)
        pairs = [(lag, one, other) for lag in lags for one in range(len(rows)) for other in range(len(rows))]
        expected = [
            np.mean(rows[one][lag:] * rows[other][: rows.shape[1] - lag])
            for lag, one, other in pairs
            if lag or one < other
        ]
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_sequences_hear_the_phase_of_the_lowest_order_and_other_statistics_of_levels_do_not() -> None:
    time = torch.arange(2 * RATE) / RATE
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(2))
    upper = sum(torch.cos(2 * torch.pi * 26.7 * order * time) / order for order in range(2, 40))
    clips = [torch.cos(2 * torch.pi * 26.7 * time + phase) + upper + 0.01 * noise for phase in (0.0, torch.pi / 2)]
    *others, low, wide, low_lines, lines, _shape = (
        group[0] - group[1] for group in Texture(RATE)(0.1 * torch.stack(clips)[:, None], None)
    )
    for group in (low, wide):
        assert group.abs().max() > 0.5
        assert group.abs().mean() > 0.03
    for group in (*others, low_lines, lines):
        assert group.abs().mean() < 0.1 * low.abs().mean()


def test_lines_stand_out_by_what_is_between_them(clips: torch.Tensor) -> None:
    """The mean power of a band above its geometric mean: of noise Euler's constant, however coloured it is."""
    found = torch.cat(Texture(RATE)(clips, None)[-3:-1], 1)[1].numpy()
    power = powers_of(clips[1, 0].double().numpy(), LINES_WINDOW) + 1e-7
    edges = [round(edge * LINES_WINDOW * HOP / RATE) for edge in LINES_EDGES_HZ if edge <= RATE / 2]
    bands = [power[:, first:last] for first, last in pairwise(edges)]
    expected = [np.mean(np.log(band.mean(1)) - np.log(band).mean(1)) for band in bands]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    time = torch.arange(4 * RATE) / RATE
    noise = torch.randn(8, 1, len(time), generator=torch.Generator().manual_seed(2))
    hum = sum(torch.cos(2 * torch.pi * 28 * order * time) for order in range(1, 12))
    plain, humming = (torch.cat(Texture(RATE)(sound, None)[-3:-1], 1).mean(0) for sound in (noise, noise + hum))
    torch.testing.assert_close(plain[4:], torch.full_like(plain[4:], np.euler_gamma), atol=0.12, rtol=0)
    assert (humming - plain)[:7].min() > 1  # up to 308 Hz
    assert (humming - plain)[8:].abs().max() < 0.05
    short = Texture(RATE)(clips[:, :, : RATE // 4], None)[-2]  # than the window
    assert torch.isfinite(short).all()


def test_lines_of_an_engine_that_revs_stand_out_along_its_course() -> None:
    """From 10 to 20 cycles per second in two seconds, in which all lines above the lowest move through several bins."""
    time = torch.arange(2 * RATE) / RATE
    speed = math.log2(10) + time / 2
    cycles = torch.cumsum(torch.exp2(speed.double()) / RATE, 0)
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(2))
    revving = sum(torch.cos(2 * torch.pi * 4 * order * cycles) for order in range(1, 20)) + noise
    course = condition(torch.linspace(math.log2(10), math.log2(20), 41)[None])
    unknown = torch.zeros_like(course)
    wave = 0.1 * revving.float()[None]
    texture = Texture(RATE)
    along, across, as_it_is = (texture.lines(wave, each).mean(-1)[0] for each in (course, unknown, None))
    assert torch.equal(across, as_it_is)
    assert (along - across)[5:10].min() > 1  # 170 to 960 Hz
    assert along[5:10].min() > 2


def test_the_waveforms_shape_is_its_moments(clips: torch.Tensor) -> None:
    found = Texture(RATE)(clips, None)[-1].numpy()
    waves = clips[:, 0].double().numpy()
    np.testing.assert_allclose(found[:, 0], skew(waves, axis=1), atol=1e-4)
    np.testing.assert_allclose(np.exp(found[:, 1]), kurtosis(waves, axis=1, fisher=False), rtol=1e-3)


def test_level_moves_only_the_means(clips: torch.Tensor) -> None:
    texture = Texture(RATE)
    quiet, loud = texture(clips, None), texture(2 * clips, None)
    torch.testing.assert_close(loud[0] - quiet[0], torch.full_like(quiet[0], 2 * np.log(2)), atol=0.01, rtol=0)
    for before, after in zip(quiet[1:], loud[1:], strict=True):
        torch.testing.assert_close(after, before, atol=0.01, rtol=0)


def test_silence_has_a_gradient() -> None:
    silence = torch.zeros(1, 1, RATE, requires_grad=True)
    sum(group.sum() for group in Texture(RATE)(silence, None)).backward()
    assert silence.grad is not None
    assert torch.isfinite(silence.grad).all()


def test_it_knows_how_many_numbers_it_gives(clips: torch.Tensor) -> None:
    texture = Texture(RATE)
    assert texture.numbers == sum(group.shape[1] for group in texture(clips, None))
