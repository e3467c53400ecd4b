"""Streaming against rendering at once: the same noise and crank, the same spectrum, and no seams."""

import numpy as np
import pytest
import torch

from wavegan_src.generation.streaming import renderer
from wavegan_src.generation.streaming.control import Control
from wavegan_src.generation.streaming.renderer import AHEAD, QUANTUM, EngineRenderer
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.noise import BatchNoise

QUANTA = 40


def offline(generator: DriveGenerator, latent: torch.Tensor, controls: list[Control]) -> tuple[np.ndarray, np.ndarray]:
    """The sound for the course that a stream follows, from the generator: as it is, and before the body's filter."""
    knots = np.array([AHEAD + QUANTUM * quantum for quantum in range(-1, len(controls))], float)
    speeds = [controls[0].speed, *[control.speed for control in controls]]
    loads = [controls[0].load, *[control.load for control in controls]]

    def course(first: int, last: int) -> Course:
        frames = np.arange(first, last + 1)
        rows = (np.interp(frames, knots, speeds), np.interp(frames, knots, loads))
        return Course(*(torch.tensor(row, dtype=torch.float32)[None] for row in rows))

    with torch.inference_mode():
        time = len(controls) * QUANTUM * generator.hop
        whole = torch.cat(list(generator.blocks(latent[None], course, time)), 1)[0].numpy()
        generator_noise = BatchNoise(latent[None])
        engine = generator.engine(latent[None])
        frames = len(controls) * QUANTUM
        start = (0, generator_noise.uniform("start"))
        cycles = generator.cycles(course, generator_noise, 0, frames, start)
        loudest = generator.level_law(Course(generator.speed_range[1:], torch.ones(1)))[:, None]
        dry = generator.excite(engine, course, generator_noise, cycles, 0, loudest)[0].numpy()
    return whole, dry


def streamed(generator: DriveGenerator, latent: torch.Tensor, controls: list[Control]) -> np.ndarray:
    stream = EngineRenderer(generator, latent, controls[0])
    return np.concatenate([stream.quantum(control) for control in controls])


def dry_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a stream's body let everything through."""
    monkeypatch.setattr(renderer, "minimum_phase", lambda response, taps: np.eye(1, taps, dtype=np.float32)[0])
    monkeypatch.setattr(np, "tanh", lambda wave: wave)


def test_before_the_filter_a_steady_engine_is_that_of_rendering_at_once(
    generator: DriveGenerator, latent: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls = [Control(4.2, 0.6)] * QUANTA
    _, expected = offline(generator, latent, controls)
    dry_of(monkeypatch)
    assert np.abs(streamed(generator, latent, controls) - expected).max() < 1e-4 * np.abs(expected).max()


def test_a_driven_one_differs_by_its_finer_tables_only(
    generator: DriveGenerator, latent: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls = [Control(3.6 + 0.02 * quantum, 0.2 + 0.015 * quantum) for quantum in range(QUANTA)]
    _, expected = offline(generator, latent, controls)
    dry_of(monkeypatch)
    difference = streamed(generator, latent, controls) - expected
    assert np.sqrt(np.mean(difference**2)) < 0.02 * np.sqrt(np.mean(expected**2))


def test_the_spectrum_is_that_of_rendering_at_once(generator: DriveGenerator, latent: torch.Tensor) -> None:
    controls = [Control(4.2, 0.6)] * (8 * QUANTA)
    expected, _ = offline(generator, latent, controls)
    found = streamed(generator, latent, controls)
    bands = np.unique(np.geomspace(8, 800, 20).astype(int))
    power = [np.add.reduceat(np.abs(np.fft.rfft(wave)) ** 2, bands) for wave in (expected, found)]
    assert np.abs(10 * np.log10(power[1] / power[0])).max() < 0.3


def test_what_carries_over_does_not_grow(generator: DriveGenerator, latent: torch.Tensor) -> None:
    stream = EngineRenderer(generator, latent, Control(4.0, 0.5))
    sizes = []
    for turn in range(2):
        for quantum in range(30):
            stream.quantum(Control(4.0 + 0.01 * quantum, 0.1 * turn))
        sizes.append({name: value.size for name, value in vars(stream).items() if isinstance(value, np.ndarray)})
    assert sizes[0] == sizes[1]
