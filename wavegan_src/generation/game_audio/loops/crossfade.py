"""A loop by crossfade, of a clip whose speed nobody knows: its end is faded into what came before its beginning.

Unlike a loop that is made in a circle, the sound changes at the seam, however short the fade. The loop's length is the
one at which both sides are most alike.
"""

from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.generation.game_audio.loops.render import to_one_loudness
from wavegan_src.utils.errors import UserError

FADE_S = 0.15
EDGE_S = 0.05  # of a clip's ends, which may be faded
SHORTEST_S = 0.5


@dataclass(frozen=True)
class Crossfade:
    """A loop `(samples,)`, how long the fade is, how alike its sides are (-1 to 1), and what was done to its level."""

    samples: F32
    fade_s: float
    correlation: float
    gain_db: float


def crossfade_loop(clip: F32, rate: int, sample_rate: int) -> Crossfade:
    """The loop of a clip `(samples,)` of `rate` Hz, at `sample_rate` Hz.

    Raises:
        UserError: the clip is too short.
    """
    sound = resample(clip, rate, sample_rate).astype(np.float64)
    edge, fade, shortest = (2 * round(seconds * sample_rate / 2) for seconds in (EDGE_S, FADE_S, SHORTEST_S))
    sound = sound[edge : len(sound) - edge]
    if len(sound) < shortest + fade:
        raise UserError(
            f"The model's clips are {len(clip) / rate:.2f} s long, and a loop by crossfade needs "
            f"{SHORTEST_S + FADE_S + 2 * EDGE_S:g} s: take a model with longer clips."
        )
    alike = likeness(sound[:fade], sound[shortest:])[::2]  # of an even length, as all loops are
    best = int(np.argmax(alike))
    length, correlation = shortest + 2 * best, float(alike[best])
    loop = sound[fade : fade + length].copy()
    loop[length - fade :] = faded(sound[length : length + fade], sound[:fade], correlation)
    samples, gain = to_one_loudness(loop)
    return Crossfade(samples, FADE_S, correlation, 20 * float(np.log10(gain)))


def likeness(piece: Floats, sound: Floats) -> Floats:
    """Correlation of a piece with each stretch of a sound of its length, `(len(sound) - len(piece) + 1,)`."""
    size = len(sound)
    products = np.fft.irfft(np.fft.rfft(sound) * np.fft.rfft(piece, size).conj(), size)[: size - len(piece) + 1]
    powers = np.cumsum(np.concatenate([[0.0], sound**2]))
    energy = np.maximum(powers[len(piece) :] - powers[: -len(piece)], 0.0) * float((piece**2).sum())
    return np.asarray(products / np.sqrt(np.maximum(energy, 1e-12)))


def faded(out: Floats, into: Floats, correlation: float) -> Floats:
    """One stretch faded into another of the same level, at constant power for sounds of this correlation."""
    share = (np.arange(len(out)) + 0.5) / len(out)
    power = (1 - share) ** 2 + share**2 + 2 * np.clip(correlation, 0, 1) * share * (1 - share)
    return np.asarray(((1 - share) * out + share * into) / np.sqrt(power))
