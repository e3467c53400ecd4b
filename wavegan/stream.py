"""Play a trained engine in real time: blocks of any size, with speed and load that change at any time."""

import copy
import math

import numpy as np
from numpy.typing import NDArray

from wavegan.model import Model
from wavegan_src.generation.driving.curve import HIGHEST_RPM, LOWEST_RPM
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.request import HIGHEST_SEED
from wavegan_src.generation.streaming.control import Control
from wavegan_src.generation.streaming.renderer import AHEAD, QUANTUM, EngineRenderer
from wavegan_src.utils.errors import UserError


class EngineStream:
    """An engine of a drive model in real time.

    The sound is that of `Model.drive` for the same course of speed and load, except that its filter has no delay and
    its tables follow the course in finer steps. Speed and load are read every `quantum` samples. It needs no more
    memory however long it runs. Not for several threads at once.

    Example:
        >>> import wavegan
        >>> model = wavegan.load("my_engines")  # doctest: +SKIP
        >>> stream = wavegan.EngineStream(model, seed=17, rpm=800, load=0)  # doctest: +SKIP
        >>> stream.rpm, stream.load = 3000, 1  # doctest: +SKIP
        >>> stream.render(512).shape  # doctest: +SKIP
        (512,)
    """

    def __init__(self, model: Model, seed: int, *, rpm: float = 900.0, load: float = 0.0, strokes: int = 4) -> None:
        """Start an engine.

        Args:
            model: a model that has learnt speeds.
            seed: which engine, as in `Model.drive`.
            rpm: revolutions per minute, at first.
            load: 0 (no throttle) to 1, at first.
            strokes: 2 or 4, of its working cycle.

        Raises:
            UserError: the model has not learnt speeds, or a value is out of range.
        """
        if strokes not in (2, 4):
            raise UserError(f"strokes is {strokes}: give 2 or 4.")
        if not 0 <= seed <= HIGHEST_SEED:
            raise UserError(f"The seed {seed} is out of range: give 0 to {HIGHEST_SEED}.")
        generator = Driver(model.trained).generator
        if generator.mean_spectrum.device.type != "cpu":
            generator = copy.deepcopy(generator).cpu()
        self.sample_rate = generator.sample_rate
        self._rpm_per_hertz = 30.0 * strokes
        self.rpm, self.load = rpm, load
        self._renderer = EngineRenderer(generator, seed_latent(seed, generator.latent_dim), self._control())
        self._rest = np.empty(0, np.float32)
        self.quantum = self._renderer.samples
        self._rise = (AHEAD - QUANTUM / 2) * generator.hop / generator.sample_rate

    @property
    def rpm(self) -> float:
        """Revolutions per minute from now on."""
        return self._rpm

    @rpm.setter
    def rpm(self, rpm: float) -> None:
        if not LOWEST_RPM <= rpm <= HIGHEST_RPM:  # false for NaN too
            raise UserError(
                f"The rpm is {rpm:g}: give {LOWEST_RPM:g} to {HIGHEST_RPM:g}; a standing engine makes no sound."
            )
        self._rpm = float(rpm)

    @property
    def load(self) -> float:
        """Load from now on, 0 (no throttle) to 1 (full throttle)."""
        return self._load

    @load.setter
    def load(self, load: float) -> None:
        if not 0 <= load <= 1:  # false for NaN too
            raise UserError(f"The load is {load:g}: give 0 (no throttle) to 1 (full throttle).")
        self._load = float(load)

    @property
    def latency(self) -> float:
        """The longest time in s from setting rpm or load until the sound has gone half of the way.

        The samples in a block that is being played come on top.
        """
        return self.quantum / self.sample_rate + self._rise

    def render(self, samples: int) -> NDArray[np.float32]:
        """The next samples, `(samples,)`, float32, in [-1, 1], at `sample_rate`.

        Raises:
            UserError: the number is negative.
        """
        if samples < 0:
            raise UserError(f"{samples} samples: give a number from 0.")
        found = np.empty(samples, np.float32)
        done = 0
        while done < samples:
            if not len(self._rest):
                self._rest = self._renderer.quantum(self._control())
            part = self._rest[: samples - done]
            found[done : done + len(part)] = part
            self._rest = self._rest[len(part) :]
            done += len(part)
        return found

    def _control(self) -> Control:
        return Control(math.log2(self._rpm / self._rpm_per_hertz), self._load)
