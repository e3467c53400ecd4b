"""Which of many engines sounds most like a recording, driven along the recording's own speed."""

from collections.abc import Iterable

import numpy as np

from wavegan_src.data.batch import END_POINTS
from wavegan_src.data.speed.effort import efforts, levels_between
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.mel import mel_filters, power_frames
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.utils.progress import Advance

BANDS, LOWEST_HZ, FLOOR_DB = 80, 40.0, -60.0
WINDOW_S = 0.046


def nearest_seed(
    driver: Driver, sound: F32, curve: DriveCurve, seeds: Iterable[int], advance: Advance
) -> tuple[int, float]:
    """The seed whose engine is nearest to a recording, and its distance in dB.

    Args:
        driver: the model.
        sound: the recording, mono, `(time,)`, at the model's sample rate.
        curve: its speed and load.
        seeds: which engines to try.
        advance: called with 1 after each.

    Raises:
        UserError: the model cannot be driven, or a seed is out of range.
    """
    rate = driver.generator.sample_rate
    length = min(len(sound), round(curve.seconds * rate))
    recorded, found = _shape(sound[:length], rate), []
    for seed in seeds:
        own = np.concatenate(list(driver.render(curve, seed)))
        found.append((_apart(_shape(own[:length], rate), recorded), seed))
        advance(1)
    apart, nearest = min(found)
    return nearest, apart


def distance(sound: F32, other: F32, rate: int) -> float:
    """Mean absolute difference in dB of log-mel spectra, each relative to its own mean, over the shorter sound."""
    length = min(len(sound), len(other))
    return _apart(_shape(sound[:length], rate), _shape(other[:length], rate))


def _apart(ours: Floats, theirs: Floats) -> float:
    return float(np.abs(ours - theirs).mean())


def _shape(sound: F32, rate: int) -> Floats:
    """Levels of mel bands in dB, relative to the mean over all bands and frames: `(frames, BANDS)`."""
    window = 2 * round(WINDOW_S * rate / 2)
    power = power_frames(sound, window, window // 2) @ mel_filters(rate, window, BANDS, LOWEST_HZ, rate / 2)
    levels = 10 * np.log10(power / power.mean() + 10 ** (FLOOR_DB / 10))
    return np.asarray(levels - levels.mean())


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
