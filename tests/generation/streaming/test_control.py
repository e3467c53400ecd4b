"""The control network in NumPy against the generator's own, in PyTorch."""

import numpy as np
import pytest
import torch

from wavegan_src.generation.streaming.control import Control, ControlNetwork
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator


@pytest.mark.parametrize(("speed", "load"), [(3.0, 0.0), (4.4, 0.7), (6.5, 1.0), (0.5, 0.3), (8.0, 0.3)])
def test_it_is_the_generators(generator: DriveGenerator, latent: torch.Tensor, speed: float, load: float) -> None:
    with torch.inference_mode():
        engine = generator.engine(latent[None])

        def course(first: int, last: int) -> Course:
            return Course(torch.full((1, last - first + 1), speed), torch.full((1, last - first + 1), load))

        loudest = generator.level_law(Course(generator.speed_range[1:], torch.ones(1)))[:, None]
        expected = generator.tables(engine, course, 0, 1, loudest)
    found = ControlNetwork(generator, engine)(Control(speed, load))
    assert found.speed == speed
    assert np.abs(found.pulses - expected.pulses[0, 0, 0].numpy()).max() < 1e-5
    envelopes = expected.envelopes[0, 0].flatten(1).T.numpy()
    assert np.abs(found.envelopes - envelopes).max() < 1e-5
    assert np.abs(found.noise - expected.noise[0, 0].numpy()).max() < 1e-5
    assert found.level == pytest.approx(float(expected.level[0, 0]), abs=1e-5)
