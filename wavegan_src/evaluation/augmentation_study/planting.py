"""The planted signal: a tone whose pitch says the label, for a control that must succeed."""

import numpy as np

from wavegan_src.dsp.arrays import Clips, Floats, Indices

TONE_DB = -15.0  # re the clip
LOWEST, HIGHEST = 1 / 16, 2 / 5  # of the sample rate


def tone_frequencies(classes: int, rate: int) -> Floats:
    """The pitch of each class in Hz, (classes,), evenly spaced in octaves."""
    return np.geomspace(LOWEST * rate, HIGHEST * rate, classes)


def plant(clips: Clips, labels: Indices, classes: int, rate: int, rng: np.random.Generator) -> Clips:
    """Add to each clip the tone of its label, at a random phase."""
    time = np.arange(clips.shape[1]) / rate
    levels = np.sqrt(2 * np.mean(clips.astype(np.float64) ** 2, axis=1)) * 10 ** (TONE_DB / 20)
    frequencies = tone_frequencies(classes, rate)[labels]
    phases = rng.uniform(0, 2 * np.pi, len(clips))
    result = clips.copy()
    for target, level, frequency, phase in zip(result, levels, frequencies, phases, strict=True):
        target[:] = target + np.asarray(level * np.sin(2 * np.pi * frequency * time + phase), np.float32)
    return result
