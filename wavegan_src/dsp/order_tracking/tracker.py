"""The speed of an engine over time, from its sound: the whole of order tracking, top to bottom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.special import expit

from wavegan_src.dsp.arrays import F32, Floats, Indices
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.evidence import HOP, RATES, STEP, Evidence, gather
from wavegan_src.dsp.order_tracking.multiples import Reading, readings
from wavegan_src.dsp.order_tracking.order_spectrum import OrderSpectrum, order_spectrum
from wavegan_src.dsp.order_tracking.path import best_path
from wavegan_src.dsp.order_tracking.signals import AnalysisSignals, analysis_signals
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import Advance

SHORTEST_SECONDS = 0.5
CONFIDENT = 0.5  # frames below this say nothing for certain
RPM_RANGE = (350.0, 15000.0)
LIKELY = 0.05  # other readings at least this probable are told
_REPEATS_OF_ANY = (1, 2, 3, 4)  # how often an unknown engine's sound may repeat within what the path follows
_MORE_REPEATS_COST = 1.0  # per frame
_HALF_SURE, _SURENESS = 6.0, 1.5  # log odds of a repetition: noise reaches a few by chance
_SMOOTHED = 9  # frames
_ABSENT = -1e9


@dataclass(frozen=True)
class SpeedTrack:
    """An engine's speed over time.

    Attributes:
        times: s, (frames,).
        rpm: revolutions per minute, (frames,), by the most probable reading.
        confidence: from 0 to 1, (frames,): that lines are there, times the probability of the reading.
        spacing: Hz, (frames,): how often the sound repeats; the distance of its lines.
        readings: what speeds the spacing may mean, the most probable first; at least one.
    """

    times: Floats
    rpm: Floats
    confidence: Floats
    spacing: Floats
    readings: tuple[Reading, ...]

    @property
    def cycle_hz(self) -> Floats:
        """Working cycles per second, (frames,), by the most probable reading."""
        return self.spacing / self.readings[0].repeats

    @property
    def presence(self) -> Floats:
        """From 0 to 1, (frames,): that lines are there, whatever speed they mean."""
        return self.confidence / self.readings[0].probability

    @property
    def confident(self) -> NDArray[np.bool_]:
        """Which frames are more likely right than wrong, (frames,)."""
        return np.asarray(self.confidence >= CONFIDENT)

    @property
    def alternatives(self) -> tuple[Reading, ...]:
        """Other readings that are likely."""
        return tuple(reading for reading in self.readings[1:] if reading.probability >= LIKELY)


def track(
    audio: NDArray[np.floating], rate: int, layout: EngineLayout | None = None, advance: Advance | None = None
) -> SpeedTrack:
    """Track the speed of one engine through a recording `(time,)` in any unit, at `rate` Hz.

    Without a layout the readings weigh the common ones. `advance` is called with shares of the work, up to 1.

    Raises:
        UserError: a recording shorter than half a second, or with samples that are not finite.
    """
    if len(audio) < SHORTEST_SECONDS * rate:
        raise UserError(f"{len(audio) / rate:.2f} s of sound: order tracking needs {SHORTEST_SECONDS:g} s or more.")
    if not np.isfinite(audio).all():
        raise UserError("The recording has samples that are not finite numbers.")
    signals = analysis_signals(audio, rate)
    evidence = gather(signals, advance)
    repeats = _REPEATS_OF_ANY if layout is None else layout.multiples
    slowest, fastest = (RATES[0], RATES[-1]) if layout is None else np.array(RPM_RANGE) / layout.rpm_per_hertz
    path, strength = _spacing(evidence, repeats, float(slowest), float(fastest))
    spacing = _refined(evidence.scores, path)
    found = readings(_spectrum(signals, spacing, repeats), spacing, layout)
    present = expit((strength - _HALF_SURE) / _SURENESS)
    return SpeedTrack(
        times=np.arange(len(path), dtype=np.float64) * HOP,
        rpm=found[0].rpm_per_hertz * spacing,
        confidence=present * found[0].probability,
        spacing=spacing,
        readings=found,
    )


def _spectrum(signals: AnalysisSignals, spacing: Floats, repeats: tuple[int, ...]) -> OrderSpectrum:
    return order_spectrum(signals, spacing, max(32, 4 * max(repeats)))


def _spacing(evidence: Evidence, repeats: tuple[int, ...], slowest: float, fastest: float) -> tuple[Indices, Floats]:
    """The path of the spacing and its smoothed evidence, (frames,) each.

    Where the sound repeats twice a cycle and where once, the cycle goes on unbroken: the path is found for the cycle,
    whose evidence at each rate is the best of that at its multiples. The spacing is the multiple that fits the whole.
    """
    possible = _of_cycle(evidence, repeats)
    possible.scores[:, ~((slowest <= RATES) & (fastest >= RATES))] = _ABSENT
    cycle = best_path(possible)
    frames = np.arange(len(cycle))
    best, found, strength = -np.inf, cycle, np.zeros(len(cycle))
    for ratio in sorted({up / down for up in repeats for down in repeats}):
        path = cycle + round(np.log(ratio) / STEP)
        inside = (path >= 0) & (path < len(RATES))
        if inside.mean() < 0.5 or np.median(RATES[cycle]) * ratio > fastest * repeats[-1]:
            continue
        path = np.clip(path, 0, len(RATES) - 1)
        scores = np.where(inside, np.maximum(evidence.scores[frames, path], -5.0), -5.0)
        if scores.mean() > best:
            best, found, strength = scores.mean(), path, scores
    return found, median_filter(strength, _SMOOTHED, mode="nearest")


def _of_cycle(evidence: Evidence, repeats: tuple[int, ...]) -> Evidence:
    scores = np.full_like(evidence.scores, _ABSENT)
    ramps = np.zeros_like(evidence.ramps)
    for repeat in repeats:
        shift = round(np.log(repeat) / STEP)
        shifted = evidence.scores[:, shift:] - (_MORE_REPEATS_COST if repeat not in (1, repeats[-1]) else 0.0)
        width = shifted.shape[1]
        better = shifted > scores[:, :width]
        np.copyto(scores[:, :width], shifted, where=better)
        np.copyto(ramps[:, :width], evidence.ramps[:, shift:], where=better)
    return Evidence(scores, ramps)


def _refined(scores: F32, path: Indices) -> Floats:
    """Rates in Hz between those of the grid, by a parabola through three scores."""
    frames = np.arange(len(path))
    middle = np.clip(path, 1, len(RATES) - 2)
    left, centre, right = (scores[frames, middle + offset].astype(np.float64) for offset in (-1, 0, 1))
    curvature = left - 2 * centre + right
    peaked = (curvature < 0) & (left > _ABSENT / 2) & (right > _ABSENT / 2) & (middle == path)
    offset = np.where(peaked, 0.5 * (left - right) / np.where(peaked, curvature, 1.0), 0.0)
    return np.asarray(RATES[path] * np.exp(np.clip(offset, -0.5, 0.5) * STEP))
