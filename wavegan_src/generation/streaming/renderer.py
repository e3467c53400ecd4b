"""Rendering an engine quantum by quantum, with the speed and load of the moment.

What `models.drive.synthesis` renders at once for a known course is rendered here in quanta of four frames. Noise and
crank are those of the offline sound for the same course. One thing differs, for the sake of latency: tables are
computed at the knots of the course, which are four frames apart, and cross-faded in between; offline they are eight
frames apart.

A quantum needs noise and crank up to five frames after its beginning. So the control of its moment becomes the
course's knot there, and the course runs straight from knot to knot. `instrument/script/synth.mjs` is its twin.
"""

import math
from functools import partial

import numpy as np
import torch

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.generation.streaming.control import Control, ControlNetwork, Knot
from wavegan_src.generation.streaming.filtering import Convolver
from wavegan_src.generation.streaming.noise_reader import NoiseReader
from wavegan_src.models.drive import synthesis
from wavegan_src.models.drive.generator import ENVELOPE_ORDERS, JITTER, JITTER_S, DriveGenerator
from wavegan_src.models.drive.noise import BatchNoise

QUANTUM = 4  # frames
AHEAD = 5  # frames from a quantum's beginning to the knot that its control becomes
WARM_UP = 7  # quanta before the first, so that filter and noise do not begin from nothing
FRAMES_AT_ONCE, SAMPLES_AT_ONCE = 512, 1 << 14  # of noise
_KNOTS_AT = (AHEAD - 2 * QUANTUM, AHEAD - QUANTUM, AHEAD)  # frames of a quantum's knots


class EngineRenderer:
    """One engine's endless sound; what carries over from quantum to quantum has a fixed size."""

    def __init__(self, generator: DriveGenerator, latent: torch.Tensor, control: Control):
        """Begin as if the engine had always run like this.

        Args:
            generator: on the CPU.
            latent: the engine, `(latent_dim,)`.
            control: until the first quantum.
        """
        self._generator, self._hop = generator, generator.hop
        self.samples = QUANTUM * self._hop
        self._noise = BatchNoise(latent[None])
        self._slow = slow_noise(self._noise, generator)
        self._white = NoiseReader(lambda first, last: self._noise.white(first, last + 1)[None], SAMPLES_AT_ONCE)
        with torch.inference_mode():
            engine = generator.engine(latent[None])
        self._network = ControlNetwork(generator, engine)
        self._control, knot = control, self._network(control)
        self.knots = [knot, knot, knot]  # at `_KNOTS_AT`
        self._flutter: F32 = engine.flutter[0, :, 0].numpy()
        self._swell: F32 = engine.swell[0, :, 0].numpy()
        self._unevenness = float(engine.unevenness)
        self._convolve = Convolver(engine.response[0].numpy(), self.samples)
        self._band_gains: F32 = generator.band_gains.numpy()
        self._window: F32 = torch.hann_window(4 * self._hop).numpy()
        self._pieces = np.arange(QUANTUM)[:, None] * self._hop + np.arange(4 * self._hop)
        self._overlap = np.zeros(7 * self._hop, np.float32)
        place = np.arange(self.samples) / self._hop
        self._interval = (place >= _KNOTS_AT[1]).astype(np.int64)  # between which knots a sample is, and where
        self._fade = ((place - np.take(_KNOTS_AT, self._interval)) / QUANTUM).astype(np.float32)
        self._steps = np.arange(self._hop) / self._hop
        self._frame = -WARM_UP * QUANTUM
        self._cycles = self._first_cycles(control)
        for _ in range(WARM_UP):
            self.quantum(control)

    def quantum(self, control: Control) -> F32:
        """The next four frames, `(samples,)`, in [-1, 1]."""
        if control != self._control:
            self._control, knot = control, self._network(control)
        else:
            knot = self.knots[-1]
        self.knots = [*self.knots[1:], knot]
        self._turn()
        level = np.array([knot.level for knot in self.knots], np.float32)
        dry = (self._hiss() + self._pulses()) * np.exp(self._between_knots(level))
        self._frame += QUANTUM
        return limit(self._convolve(dry))

    def _first_cycles(self, control: Control) -> Floats:
        """The crank's positions that `_turn` finds from the quantum before, so that frame 0 is where it is offline."""
        warm_up = -self._frame
        turns = self._turns(np.full(warm_up + 1, control.speed), self._frame)
        start = float(self._noise.uniform("start")) - turns.sum()
        return np.array([*[math.nan] * QUANTUM, start, start + turns[0]])

    def _turns(self, speeds: Floats, first: int) -> Floats:
        """By how many cycles the crank turns from frame to frame, with speeds at frames from `first` on."""
        jitter = self._slow["jitter"].read(first, first + len(speeds) - 1)[0]
        rates = np.exp2(speeds + JITTER * jitter)
        found: Floats = 0.5 * (rates[1:] + rates[:-1]) * (self._hop / self._generator.sample_rate)
        return found

    def _turn(self) -> None:
        """The crank's positions at the quantum's frames up to the last knot, `(AHEAD + 1,)`."""
        _, before, after = self.knots
        speeds = np.linspace(before.speed, after.speed, QUANTUM + 1)
        turned = np.cumsum(self._turns(speeds, self._frame + _KNOTS_AT[1]))
        known = self._cycles[QUANTUM:] % 1.0
        known[1] += known[1] < known[0]
        self._cycles = np.concatenate([known, known[1] + turned])

    def _hiss(self) -> F32:
        """White noise with the gains of the frames around."""
        hop, first = self._hop, self._frame
        _, before, after = self.knots
        white = self._white.read(first * hop, (first + 7) * hop - 1)[0]
        spectra = np.fft.rfft(white[self._pieces] * self._window) * self._gains(before, after)
        shaped = np.fft.irfft(spectra, 4 * hop).astype(np.float32) * self._window
        for piece in range(QUANTUM):
            self._overlap[piece * hop : (piece + 4) * hop] += shaped[piece]
        found = self._overlap[: self.samples] / synthesis.OVERLAP
        self._overlap[: 3 * hop] = self._overlap[self.samples :]
        self._overlap[3 * hop :] = 0
        return found

    def _gains(self, before: Knot, after: Knot) -> F32:
        """Of the noise at the frames after the knot `before` up to the one after it, `(QUANTUM, bins)`."""
        first, last = self._frame + AHEAD - QUANTUM + 1, self._frame + AHEAD
        turns = 2 * np.pi * ((self._cycles[2:, None] * np.arange(1, ENVELOPE_ORDERS + 1)) % 1.0)
        basis = np.stack([np.cos(turns), -np.sin(turns)], -1).reshape(QUANTUM, -1).astype(np.float32)
        fade = (np.arange(1, QUANTUM + 1, dtype=np.float32) / QUANTUM)[:, None]
        gains = (1 - fade) * (basis @ before.envelopes + before.noise) + fade * (basis @ after.envelopes + after.noise)
        gains = gains + self._flutter * self._slow["flutter"].read(first, last).T
        gains = gains + self._swell * self._slow["swell"].read(first, last).T
        at_bins = np.minimum(np.maximum(gains @ self._band_gains, synthesis.FLOOR), synthesis.CEILING)
        found: F32 = np.exp(at_bins)
        return found

    def _pulses(self) -> F32:
        tables = np.concatenate([knot.pulses for knot in self.knots])
        size = len(self.knots[0].pulses)
        place = self._every_sample(self._cycles[: QUANTUM + 1]) % 1.0 * size
        below = np.floor(place)
        left = below.astype(np.int64) % size
        right = (left + 1) % size
        share = (place - below).astype(np.float32)
        offset = self._interval * size
        near = (1 - share) * tables[offset + left] + share * tables[offset + right]
        offset += size
        far = (1 - share) * tables[offset + left] + share * tables[offset + right]
        strokes = self._slow["strokes"].read(self._frame, self._frame + QUANTUM)[0]
        found: F32 = (near + self._fade * (far - near)) * (1 + self._unevenness * self._every_sample(strokes))
        return found.astype(np.float32)

    def _between_knots(self, values: F32) -> F32:
        near, far = values[self._interval], values[self._interval + 1]
        found: F32 = near + self._fade * (far - near)
        return found

    def _every_sample(self, at_frames: Floats | F32) -> Floats:
        """Straight lines between frames: `(samples,)` of `(QUANTUM + 1,)`."""
        found: Floats = (at_frames[:-1, None] + np.diff(at_frames)[:, None] * self._steps).ravel()
        return found


def limit(wave: F32) -> F32:
    """`models.drive.synthesis.limit` in NumPy."""
    knee = synthesis.KNEE
    loud = np.abs(wave)
    rounded = knee + (1 - knee) * np.tanh((loud - knee) / (1 - knee))
    found: F32 = np.where(loud < knee, wave, np.copysign(rounded, wave))
    return found


def slow_noise(noise: BatchNoise, generator: DriveGenerator) -> dict[str, NoiseReader]:
    """The slow noise of a sound by its purpose."""
    steps = {
        "jitter": (1, JITTER_S * generator.sample_rate / generator.hop),
        "flutter": (len(generator.band_gains), synthesis.FLUTTER_STEP),
        "swell": (1, synthesis.SWELL_STEP),
        "strokes": (1, synthesis.STROKES_STEP),
    }
    return {
        name: NoiseReader(partial(noise.wandering, name, *rows_and_step), FRAMES_AT_ONCE)
        for name, rows_and_step in steps.items()
    }
