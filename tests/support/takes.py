"""Recordings of a pure tone with a steady speed and torque."""

import numpy as np

from benchmarks.labelled_takes import Take

RATE = 8000


def tone(name: str, hertz: float, rpm: float, torque: float = 0.0, seconds: float = 3.0) -> Take:
    """A tone, and a curve of two points."""
    times = np.arange(round(seconds * RATE)) / RATE
    sound = (0.1 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)
    return Take(name, sound, RATE, np.array([0.0, seconds]), np.array([rpm, rpm]), np.array([torque, torque]))
