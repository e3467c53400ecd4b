"""What one engine is at one speed and load: `DriveGenerator.tables` for a single anchor, in plain NumPy.

PyTorch takes longer to call thirty small operations than to compute them; a stream does so eighty times a second.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from torch import Tensor, nn

from wavegan_src.dsp.arrays import F32
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import (
    FARTHEST,
    FASTEST_ENVELOPE,
    PULSE_LEVEL,
    PULSE_ORDERS,
    PULSE_TABLE,
    DriveGenerator,
)
from wavegan_src.models.drive.synthesis import Engine

_SLOPE = 0.2  # of LeakyReLU below 0


@dataclass(frozen=True)
class Control:
    """What an engine is to do. speed: log2 of the working cycles per second. load: 0 to 1."""

    speed: float
    load: float


@dataclass(frozen=True)
class Knot:
    """What an engine is at a knot of its course.

    speed: log2 of the working cycles per second. pulses: wave table of a cycle's pulses, `(points,)`. envelopes:
    Fourier series of the noise's gain, `(2 * orders, bands)`. noise: its mean, `(bands,)`. level: natural log.
    """

    speed: float
    pulses: F32
    envelopes: F32
    noise: F32
    level: float


class ControlNetwork:
    """Maps speed and load to what an engine is there."""

    def __init__(self, generator: DriveGenerator, engine: Engine):
        """`engine`: of one latent vector."""
        first, last = generator.response[0], generator.response[-1]
        outputs = (generator.pulse_table, generator.envelope_table, generator.noise_level, generator.level)
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        style = _array(engine.style[0])
        width = len(style)
        self._from_style = _array(first.weight)[:, :width] @ style + _array(first.bias)
        self._from_inputs = np.ascontiguousarray(_array(first.weight)[:, width:])
        weight = np.concatenate([_array(layer.weight) for layer in outputs])
        bias = np.concatenate([_array(layer.bias) for layer in outputs])
        self._from_hidden = weight @ _array(last.weight)  # both layers are linear, so they are one
        self._outputs = weight @ (style + _array(last.bias)) + bias
        ends = np.cumsum([0, *(layer.out_features for layer in outputs)]).tolist()
        self._parts = list(pairwise(ends))
        self._orders = np.arange(1, PULSE_ORDERS + 1, dtype=np.float32)
        self._highest = 0.45 * generator.sample_rate
        self._fastest = FASTEST_ENVELOPE * generator.sample_rate / generator.hop
        self._mean, self._spread = generator.scale.tolist()
        self._slopes = generator.level_slopes.tolist()
        loudest = generator.level_law(Course(generator.speed_range[1:], generator.speed_range.new_ones(1)))
        self._loudest = float(loudest)

    def __call__(self, control: Control) -> Knot:
        """What the engine is there; its level is 1 at full load and the recordings' highest speed."""
        scaled = (control.speed - self._mean) / self._spread
        near = min(max(scaled, -FARTHEST), FARTHEST)
        inputs = np.array([near, near * near - 1, 2 * control.load - 1], np.float32)
        hidden = self._from_style + self._from_inputs @ inputs
        hidden = np.maximum(hidden, _SLOPE * hidden)
        now = self._outputs + self._from_hidden @ hidden
        pulses, envelopes, noise, level = (now[start:end] for start, end in self._parts)
        hertz = 2.0**control.speed
        law = self._slopes[0] * scaled + self._slopes[1] * control.load
        return Knot(
            speed=control.speed,
            pulses=self._wave(pulses, hertz),
            envelopes=self._series(envelopes, len(noise), hertz),
            noise=noise,
            level=0.2 * float(level[0]) + law - self._loudest,
        )

    def _wave(self, coefficients: F32, hertz: float) -> F32:
        spectrum = np.zeros(PULSE_TABLE // 2 + 1, np.complex64)
        spectrum[1 : PULSE_ORDERS + 1] = coefficients.view(np.complex64) * _below(self._highest, hertz * self._orders)
        return np.fft.irfft(spectrum, PULSE_TABLE).astype(np.float32) * np.float32(0.5 * PULSE_TABLE * PULSE_LEVEL)

    def _series(self, coefficients: F32, bands: int, hertz: float) -> F32:
        rows = coefficients.reshape(bands, -1, 2)
        gains = _below(self._fastest, hertz * self._orders[: rows.shape[1]])
        found: F32 = (rows * gains[:, None]).reshape(bands, -1).T
        return found


def _below(highest: float, hertz: F32) -> F32:
    """Gains that fade out what is above `highest` Hz, of one shape with `hertz`."""
    found: F32 = np.minimum(np.maximum((highest - hertz) / (0.2 * highest), 0), 1)
    return found


def _array(values: Tensor) -> F32:
    found: F32 = values.detach().numpy()
    return found
