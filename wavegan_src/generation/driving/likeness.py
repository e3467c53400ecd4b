"""Which of many engines sounds most like recordings, driven along the recordings' own speed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from wavegan_src.data.batch import END_POINTS
from wavegan_src.data.speed.effort import efforts, levels_between
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.mel import mel_filters, power_frames
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.utils.progress import Advance

BANDS, LOWEST_HZ, FLOOR_DB = 80, 40.0, -60.0
WINDOW_S = 0.046
ALIKE = 0.4  # octaves of the speed, and of the load's range: beyond, an engine is heard in another way
WANTED_POINTS = 500


@dataclass(frozen=True)
class Recorded:
    """A recording, mono, `(time,)`, at a model's sample rate, with its speed and load."""

    sound: F32
    curve: DriveCurve


def nearest_seed(
    driver: Driver, recordings: Sequence[Recorded], wanted: DriveCurve, seeds: Iterable[int], advance: Advance
) -> tuple[int, float]:
    """The seed whose engine is nearest to recordings, and its distance in dB.

    Moments of the recordings count for more, the more their speed and load are like those that are wanted.

    Args:
        driver: the model.
        recordings: of one engine.
        wanted: what the engine shall be driven along.
        seeds: which engines to try.
        advance: called with 1 after each.

    Raises:
        UserError: the model cannot be driven, or a seed is out of range.
    """
    rate = driver.generator.sample_rate
    sounds = [each.sound[: round(each.curve.seconds * rate)] for each in recordings]
    shapes = [_shape(sound, rate) for sound in sounds]
    courses = [_course(each.curve, len(shape), rate) for each, shape in zip(recordings, shapes, strict=True)]
    recorded, weights, found = np.concatenate(shapes), relevance(np.concatenate(courses), wanted), []
    for seed in seeds:
        own = [np.concatenate(list(driver.render(each.curve, seed))) for each in recordings]
        shapes = [_shape(sound[: len(real)], rate) for sound, real in zip(own, sounds, strict=True)]
        apart = np.abs(np.concatenate(shapes) - recorded).mean(1)
        found.append((float(np.average(apart, weights=weights)), seed))
        advance(1)
    apart, nearest = min(found)
    return nearest, apart


def relevance(courses: Floats, wanted: DriveCurve) -> Floats:
    """How much more often moments like each of these are wanted than they occur: `(moments,)` of `(moments, 2)`.

    Importance weights from kernel densities (Shimodaira 2000). A moment is log2 of the speed in rpm, and the load;
    where the wanted curve has no load, the speed decides.
    """
    rpm, load = wanted.at(np.linspace(0, wanted.seconds, WANTED_POINTS))
    used = slice(None) if load is not None else slice(1)
    asked = np.stack([np.log2(rpm), np.zeros_like(rpm) if load is None else load], 1)

    def density(of: Floats) -> Floats:
        distances = cdist(courses[:, used], of[:, used], "sqeuclidean")
        return np.asarray(np.exp(-0.5 * distances / ALIKE**2).mean(1))

    return density(asked) / density(courses)


def _course(curve: DriveCurve, frames: int, rate: int) -> Floats:
    """Log2 of the speed in rpm, and the load, at the frames of `_shape`: `(frames, 2)`."""
    window = _window(rate)
    rpm, load = curve.at((np.arange(frames) + 1) * (window // 2) / rate)
    return np.stack([np.log2(rpm), np.full(frames, 0.5) if load is None else load], 1)


def distance(sound: F32, other: F32, rate: int) -> float:
    """Mean absolute difference in dB of log-mel spectra, each relative to its own mean, over the shorter sound."""
    length = min(len(sound), len(other))
    return float(np.abs(_shape(sound[:length], rate) - _shape(other[:length], rate)).mean())


def _shape(sound: F32, rate: int) -> Floats:
    """Levels of mel bands in dB, relative to the mean over all bands and frames: `(frames, BANDS)`."""
    window = _window(rate)
    power = power_frames(sound, window, window // 2) @ mel_filters(rate, window, BANDS, LOWEST_HZ, rate / 2)
    levels = 10 * np.log10(power / power.mean() + 10 ** (FLOOR_DB / 10))
    return np.asarray(levels - levels.mean())


def _window(rate: int) -> int:
    return 2 * round(WINDOW_S * rate / 2)


def recorded_curve(sound: F32, rate: int, times: Floats, rpm: Floats) -> DriveCurve:
    """A recording's speed at times in s, `(points,)`, as a curve; its load is how much louder it is than usual.

    Times are evenly spaced, as order tracking's are, and reach over half a second or more.
    """
    inside = times < len(sound) / rate  # a last point at the very end has no sound after it
    times, rpm = times[inside], rpm[inside]
    edges = np.clip(np.round(np.append(times, 2 * times[-1] - times[-2]) * rate).astype(np.int64), 0, len(sound))
    levels = levels_between(sound, edges[:-1], edges[1:])
    (load,) = efforts(levels[None], np.log2(rpm)[None], times[1] - times[0], END_POINTS)
    return DriveCurve(times, rpm, load)
