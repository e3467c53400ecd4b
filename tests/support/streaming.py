"""A stream, and its noise as programs in other languages read it."""

import numpy as np
import torch

from wavegan_src.dsp.arrays import Floats
from wavegan_src.generation.streaming.control import Control
from wavegan_src.generation.streaming.renderer import QUANTUM, WARM_UP, EngineRenderer, slow_noise
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.noise import BatchNoise

CONTROLS = [Control(3.7 + 0.02 * number, 0.5 + 0.4 * np.sin(number / 5)) for number in range(29)]
CONTROLS.append(Control(7.2, 0.5))  # farther than tables follow


def noise_of(generator: DriveGenerator, latent: torch.Tensor) -> dict[str, Floats]:
    """The noise of a stream of `CONTROLS` from its beginning: `start`, `white`, and slow noise frame by frame."""
    first, last, noise = -WARM_UP * QUANTUM, QUANTUM * (len(CONTROLS) + 2), BatchNoise(latent[None])
    starts = {"jitter": first, "strokes": first, "flutter": first + 2, "swell": first + 2}
    rows = {name: slow.read(starts[name], last).T for name, slow in slow_noise(noise, generator).items()}
    white = noise.white(first * generator.hop, (last + 7) * generator.hop)[0].numpy()

    def course(begin: int, end: int) -> Course:
        return Course(torch.full((1, end - begin + 1), CONTROLS[0].speed), torch.zeros(1, end - begin + 1))

    crank = generator.cycles(course, noise, first + 1, 0, (0, noise.uniform("start")))
    found = rows | {"white": white, "start": crank[0, :1].numpy()}
    return {name: np.ascontiguousarray(values, np.float64) for name, values in found.items()}


def streamed(stream: EngineRenderer) -> Floats:
    """What a stream plays of `CONTROLS`, `(samples,)`."""
    return np.concatenate([stream.quantum(control) for control in CONTROLS])
