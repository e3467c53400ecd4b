"""How strongly the sound repeats at each of a grid of rates, over time.

Windows of 0.25 to 2 s are stretched in time until a steadily accelerating engine would turn evenly (a fan-chirp
transform), so that its lines stay narrow up to high orders. Each bin of a whitened spectrum then says how much more
likely it is as part of a line than as noise, as a logarithm; a rate's evidence is the sum over all its multiples.
Lines that a rate predicts and that are missing count against it. That decides between a rate and its half; lines that
it does not explain are gained by the rate that does, and that decides between a rate and its double.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.sparse import csr_matrix

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.order_tracking.signals import ANALYSIS_RATE, AnalysisSignals
from wavegan_src.utils.progress import Advance

HOP = 0.05  # s
STEP = 0.005  # of the logarithm of the rate
RATES: Floats = np.exp(np.arange(960) * STEP + np.log(3.5))  # Hz: 3.5 to 422

_HIGHEST = 520.0  # Hz, of the spectra
_ENVELOPE_HIGHEST = 400.0  # Hz
_NARROWEST = 4.0  # periods in a window: below it the lines of a Hann window merge
_WHITENING = 120.0  # Hz, over which the spectrum's own shape is averaged
_IMPOSSIBLE = -1e9
# The odds of a line: log(1 - p + p exp(2.5 Z - 1.5)) for a level of Z nepers above the mean, as its two asymptotes.
_SLOPE, _OFFSET = 2.5, 1.5
_RAMP_COST = 0.3  # an accelerating engine is less likely than a steady one
_FLOOR = -5.0  # log odds: a signal in which the engine is not heard says no more than this against it
_SILENCE = 1e-6  # power that counts as silence
_SILENCE_BELOW = 1e-6  # of a spectrum's strongest bin: so little counts as silence, too
_CHUNK = 400  # frames at a time


@dataclass(frozen=True)
class _Lines:
    """What an engine's lines are like. present: probability of each at low frequencies, less so far above `fading` Hz;
    most: log odds, more than which a line says not, as strong as it likes.
    """

    present: float
    fading: float
    most: float = 4.0


_STRONG, _DULL, _FAINT = _Lines(0.6, 250.0), _Lines(0.6, 80.0), _Lines(0.1, 250.0, 2.0)


@dataclass(frozen=True)
class _Window:
    """seconds: its length; stride: frames from one to the next; cost: of being long; highest: rate it is for, in Hz;
    ramps: accelerations d ln(rate) / dt that are tried, in 1 / s; lines: what they may be like: the best counts.
    """

    seconds: float
    stride: int
    cost: float
    highest: float
    ramps: tuple[float, ...]
    lines: tuple[_Lines, ...] = (_STRONG,)
    reach: float = _HIGHEST


_WINDOWS = (
    _Window(2.0, 8, 6.0, 16.0, (-0.06, 0.0, 0.06), (_DULL, _STRONG, _FAINT), 220.0),
    _Window(1.0, 4, 3.0, 48.0, (-0.7, -0.25, -0.08, 0.0, 0.08, 0.25, 0.7), (_DULL, _STRONG, _FAINT), 420.0),
    _Window(0.5, 2, 1.0, 150.0, (-2.5, -1.2, -0.5, 0.0, 0.5, 1.2, 2.5, 4.0)),
    _Window(0.25, 1, 0.0, np.inf, (-5.0, -2.5, -1.2, 0.0, 1.2, 2.5, 5.0, 9.0)),
)


@dataclass(frozen=True)
class Evidence:
    """scores: log-likelihood ratios of a repetition at each rate against none, (frames, rates); ramps: the
    acceleration d ln(rate) / dt that fits each best, in 1 / s, (frames, rates). A frame every `HOP` seconds.
    """

    scores: F32
    ramps: F32


def gather(signals: AnalysisSignals, advance: Advance | None = None) -> Evidence:
    """The evidence of a recording, from its first frame at 0 s to its last within its length.

    advance: called with shares of this work, which add up to 1.
    """
    steps = sum(len(window.ramps) for window in _WINDOWS)
    frames = max(1, int(signals.seconds / HOP) + 1)
    longest = max(window.stride for window in _WINDOWS)
    padded = frames + (1 - frames) % longest  # so that frames of every stride start and end together
    scores = np.full((padded, len(RATES)), _IMPOSSIBLE, np.float32)
    ramps = np.zeros((padded, len(RATES)), np.float32)
    for window in _WINDOWS:
        columns = slice(*np.searchsorted(RATES, (_NARROWEST / window.seconds, window.highest)))
        lags = _lags(signals, window, padded)
        for ramp in window.ramps:
            taken = _between(_scores(signals, window, ramp, padded), ramp, window.stride)
            _extrapolate(taken, ramp, lags)
            taken -= window.cost + _RAMP_COST * abs(ramp) ** 0.5
            better = taken > scores[:, columns]
            np.copyto(scores[:, columns], taken, where=better)
            ramps[:, columns][better] = ramp
            if advance is not None:
                advance(1 / steps)
    return Evidence(scores[:frames], ramps[:frames])


def whiten(levels: F32, bins: int) -> F32:
    """Log spectra `(…, frequencies)` less their mean over blocks of `bins`, interpolated between blocks."""
    blocks, spread = _block_interpolation(levels.shape[-1], bins)
    return np.asarray(levels - (levels @ blocks) @ spread, dtype=np.float32)


def line_odds(above: F32, probability: F32, most: float) -> F32:
    """Log odds of a line against noise, at most `most`, from log power above the mean and the probability of a line at
    each frequency, `(…, frequencies)` each."""
    odds = np.multiply(above, np.float32(_SLOPE / 2))
    odds += np.log(probability) - np.float32(_OFFSET)
    np.maximum(odds, np.log1p(-probability), out=odds)
    return np.minimum(odds, np.float32(most), out=odds)


@cache
def line_probability(count: int, spacing: float, highest: float, lines: _Lines) -> F32:
    """How probable one of these lines is at multiples of `spacing` in Hz below `highest`, (count,)."""
    frequencies = np.arange(count) * spacing
    present = np.where(frequencies < highest, lines.present / (1 + (frequencies / lines.fading) ** 2), 1e-9)
    return np.asarray(present, dtype=np.float32)


def _scores(signals: AnalysisSignals, window: _Window, ramp: float, frames: int) -> F32:
    """Scores of the rates that the window is for, at every `stride`-th frame."""
    size = round(window.seconds * ANALYSIS_RATE)
    spacing = ANALYSIS_RATE / (2 * size)
    count = int(window.reach / spacing) + 2
    offsets = (np.arange(size) - size / 2) / ANALYSIS_RATE
    sources = offsets if ramp == 0 else np.log(np.maximum(1 + ramp * offsets, 0.05)) / ramp
    whole = np.floor(sources * ANALYSIS_RATE).astype(np.int64)
    part = (sources * ANALYSIS_RATE - whole).astype(np.float32)
    centres, place = np.unique(_centres(signals, window, frames), return_inverse=True)
    reach = int(max(-whole.min(), whole.max())) + 2
    padded = np.pad(signals.samples, ((0, 0), (reach, reach)))
    taper = _taper(size, signals.samples.shape[1])
    comb = _comb(window.seconds, window.highest, window.reach)
    expected = [
        np.stack([line_probability(count, spacing, highest, lines) for highest in (_HIGHEST, _ENVELOPE_HIGHEST)])
        for lines in window.lines
    ]
    found = []
    for start in range(0, len(centres), _CHUNK):
        positions = centres[start : start + _CHUNK, None] + whole + reach
        cut = padded.take(positions, axis=1, mode="clip")  # (signals, frames, size)
        if ramp:
            cut += part * np.diff(padded).take(positions, axis=1, mode="clip")
        cut *= taper
        spectrum = rfft(cut, 2 * size)[..., :count]
        levels = spectrum.real**2 + spectrum.imag**2
        levels += np.float32(_SILENCE) + np.float32(_SILENCE_BELOW) * levels.max(axis=-1, keepdims=True)
        above = whiten(np.log(levels, out=levels), round(_WHITENING / spacing))
        sums = [
            _sum_lines(comb, line_odds(above, probability[:, None], lines.most))
            for probability, lines in zip(expected, window.lines, strict=True)
        ]
        found.append(np.maximum(np.maximum.reduce(sums), np.float32(_FLOOR)).sum(axis=0).T)
    return np.concatenate(found)[place]


def _sum_lines(comb: csr_matrix, odds: F32) -> F32:
    """Sums over the lines of each rate, (signals, rates, frames), of `odds` (signals, frames, frequencies)."""
    signals, frames, count = odds.shape
    sums = comb @ np.ascontiguousarray(odds.reshape(-1, count).T)
    return np.asarray(sums.reshape(-1, signals, frames).swapaxes(0, 1))


def _centres(signals: AnalysisSignals, window: _Window, frames: int) -> NDArray[np.int64]:
    """Samples at the middle of the windows, which stay within the recording."""
    centres = np.rint(np.arange(0, frames, window.stride) * (HOP * ANALYSIS_RATE)).astype(np.int64)
    length, half = signals.samples.shape[1], round(window.seconds * ANALYSIS_RATE / 2)
    return np.asarray(np.clip(centres, min(half, length // 2), max(length - half, length // 2)))


@cache
def _taper(size: int, length: int) -> F32:
    """A Hann window of `size` samples, or one that fits a shorter recording of `length`."""
    within = min(size, length)
    before = (size - within) // 2
    return np.pad(np.hanning(within).astype(np.float32), (before, size - within - before))


def _lags(signals: AnalysisSignals, window: _Window, frames: int) -> Floats:
    """How much later than the middle of its window each frame is, in s, (frames,): not 0 at the recording's ends."""
    centres = _between(_centres(signals, window, frames)[:, None].astype(np.float32), 0.0, window.stride)[:, 0]
    return np.asarray(np.arange(frames) * HOP - centres / ANALYSIS_RATE)


def _extrapolate(scores: F32, ramp: float, lags: Floats) -> None:
    """Move scores to the rates that an engine with this acceleration has at each frame, in place."""
    shifts = np.rint(ramp * lags / STEP).astype(np.int64)
    moved = np.flatnonzero(shifts)
    if not len(moved):
        return
    count = scores.shape[1]
    sources = np.arange(count) - shifts[moved, None]
    inside = (sources >= 0) & (sources < count)
    taken = scores[moved[:, None], np.minimum(np.maximum(sources, 0), count - 1)]
    scores[moved] = np.where(inside, taken, np.float32(_IMPOSSIBLE))


def _between(scores: F32, ramp: float, stride: int) -> F32:
    """Scores at every frame from those at every `stride`-th, a power of two, along the acceleration."""
    while stride > 1:
        stride //= 2
        shift = round(ramp * stride * HOP / STEP)
        finer = np.empty((2 * len(scores) - 1, scores.shape[1]), np.float32)
        finer[::2] = scores
        finer[1::2] = (_shifted(scores[:-1], shift) + _shifted(scores[1:], -shift)) / 2
        scores = finer
    return scores


def _shifted(scores: F32, columns: int) -> F32:
    """Scores of rates so many columns lower."""
    if columns == 0:
        return scores
    moved = np.full_like(scores, _IMPOSSIBLE)
    if columns > 0:
        moved[:, columns:] = scores[:, :-columns]
    else:
        moved[:, :columns] = scores[:, -columns:]
    return moved


@cache
def _comb(seconds: float, highest: float, reach: float) -> csr_matrix:
    """Rows add up the bins at the multiples of a rate: (rates of the window, frequencies)."""
    spacing = 1 / (2 * seconds)
    rates = RATES[slice(*np.searchsorted(RATES, (_NARROWEST / seconds, highest)))]
    bins = [np.rint(np.arange(1, int(reach / rate) + 1) * rate / spacing).astype(np.int64) for rate in rates]
    rows = np.repeat(np.arange(len(rates)), [len(row) for row in bins])
    columns = np.concatenate(bins)
    shape = (len(rates), int(reach / spacing) + 2)
    return csr_matrix((np.ones(len(columns), np.float32), (rows, columns)), shape=shape)


@cache
def _block_interpolation(count: int, bins: int) -> tuple[F32, F32]:
    """Matrices that average blocks of bins, (count, blocks), and interpolate between their middles."""
    blocks = max(1, round(2 * count / bins))  # blocks overlap by half
    centres = (np.arange(blocks) + 0.5) * count / blocks
    distance = np.abs(np.arange(count)[:, None] + 0.5 - centres)
    members = (distance <= bins / 2).astype(np.float64)
    spread = np.stack([np.interp(np.arange(count) + 0.5, centres, row) for row in np.eye(blocks)])
    return (members / members.sum(axis=0)).astype(np.float32), spread.astype(np.float32)
