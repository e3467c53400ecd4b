"""How often a clip's sound repeats, at a speed that may change: by order tracking, and where that is not confident, by
correlation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.firing import BEST_SHARE, HIGHEST_FIRING, RATE, Firing, comb_fit, correlate, find_firing
from wavegan_src.dsp.order_tracking.tracker import CONFIDENT, SHORTEST_SECONDS, SpeedTrack, track

_MULTIPLES = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12])  # firings in what the tracker found to repeat
_AROUND = np.exp(np.linspace(-0.006, 0.006, 7))  # the tracked rate is right within so much


@dataclass(frozen=True)
class Rhythm:
    """How often a clip's sound repeats.

    Attributes:
        firing: the mean rate, and how periodic the clip is there.
        even: the clip with time stretched until the rate is constant, (time,).
        tracked: whether order tracking found the rate with confidence. If not, the rate is the best constant one.
    """

    firing: Firing
    even: Floats
    tracked: bool


def find_rhythm(clip: NDArray[np.floating]) -> Rhythm | None:
    """The rate at which a clip at 22050 Hz without offset, (time,), repeats; None if nothing repeats."""
    if len(clip) >= SHORTEST_SECONDS * RATE:
        found = track(clip, RATE)
        if np.median(found.presence) >= CONFIDENT and (rhythm := _along(clip, found)) is not None:
            return rhythm
    firing = find_firing(clip)
    return None if firing is None else Rhythm(firing, np.asarray(clip, dtype=np.float64), False)


def _along(clip: NDArray[np.floating], found: SpeedTrack) -> Rhythm | None:
    """The rhythm along a tracked speed; None if the stretched clip does not repeat at it.

    What the tracker follows is a working cycle, or a firing if all sound alike. Which one it is differs between clips
    of one engine, so the highest multiple is taken at which the stretched clip repeats as well, as by `find_firing`.
    """
    even, rate = even_out(clip, found.times, found.spacing)
    correlation = correlate(even)
    rates = rate * _MULTIPLES
    rates = rates[rates * _AROUND[-1] <= HIGHEST_FIRING]
    if len(rates) == 0:
        return None
    fits = comb_fit(correlation, np.outer(rates, _AROUND).ravel()).reshape(-1, len(_AROUND)).max(axis=1)
    if fits.max() <= 0:
        return None
    best = float(rates[fits >= BEST_SHARE * fits.max()][-1])
    return Rhythm(Firing(best, float(np.clip(correlation[round(RATE / best)], 0.0, 1.0))), even, True)


def even_out(clip: NDArray[np.floating], times: Floats, rates: Floats) -> tuple[Floats, float]:
    """A clip at 22050 Hz, (time,), stretched until a rate is constant, as long as it was; and that rate, in Hz.

    The rate is given in Hz, (frames,), at times in s.
    """
    turns = np.cumsum(np.interp(np.arange(len(clip)) / RATE, times, rates)) / RATE
    evenly = np.linspace(turns[0], turns[-1], len(clip))
    positions = np.interp(evenly, turns, np.arange(len(clip)))
    stretched = map_coordinates(np.asarray(clip, dtype=np.float64), [positions], order=3, mode="nearest")
    return np.asarray(stretched), float((turns[-1] - turns[0]) * RATE / (len(clip) - 1))
