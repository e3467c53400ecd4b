"""Streaming against rendering at once: the same sound."""

import numpy as np
import torch

from wavegan_src.generation.streaming.control import Control
from wavegan_src.generation.streaming.renderer import AHEAD, QUANTUM, EngineRenderer
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator

QUANTA = 40


def offline(generator: DriveGenerator, latent: torch.Tensor, controls: list[Control]) -> np.ndarray:
    """The sound for the course that a stream follows, from the generator."""
    knots = np.array([AHEAD + QUANTUM * quantum for quantum in range(-1, len(controls))], float)
    speeds = [controls[0].speed, *[control.speed for control in controls]]
    loads = [controls[0].load, *[control.load for control in controls]]

    def course(first: int, last: int) -> Course:
        frames = np.arange(first, last + 1)
        rows = (np.interp(frames, knots, speeds), np.interp(frames, knots, loads))
        return Course(*(torch.tensor(row, dtype=torch.float32)[None] for row in rows))

    with torch.inference_mode():
        time = len(controls) * QUANTUM * generator.hop
        return torch.cat(list(generator.blocks(latent[None], course, time)), 1)[0].numpy()


def streamed(generator: DriveGenerator, latent: torch.Tensor, controls: list[Control]) -> np.ndarray:
    stream = EngineRenderer(generator, latent, controls[0])
    return np.concatenate([stream.quantum(control) for control in controls])


def test_a_steady_engine_is_that_of_rendering_at_once(generator: DriveGenerator, latent: torch.Tensor) -> None:
    controls = [Control(4.2, 0.6)] * QUANTA
    expected = offline(generator, latent, controls)
    found = streamed(generator, latent, controls)
    assert np.abs(found - expected).max() < 3e-4 * np.abs(expected).max()


def test_a_driven_one_differs_by_its_finer_tables_only(generator: DriveGenerator, latent: torch.Tensor) -> None:
    controls = [Control(3.6 + 0.02 * quantum, 0.2 + 0.015 * quantum) for quantum in range(QUANTA)]
    expected = offline(generator, latent, controls)
    difference = streamed(generator, latent, controls) - expected
    assert np.sqrt(np.mean(difference**2)) < 0.02 * np.sqrt(np.mean(expected**2))


def test_what_carries_over_does_not_grow(generator: DriveGenerator, latent: torch.Tensor) -> None:
    stream = EngineRenderer(generator, latent, Control(4.0, 0.5))
    sizes = []
    for turn in range(2):
        for quantum in range(30):
            stream.quantum(Control(4.0 + 0.01 * quantum, 0.1 * turn))
        sizes.append({name: value.size for name, value in vars(stream).items() if isinstance(value, np.ndarray)})
    assert sizes[0] == sizes[1]
