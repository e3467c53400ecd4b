"""Rendering a curve with a model that follows speed and load."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from wavegan_src.data.batch import CONDITIONS, LOAD, LOAD_KNOWN, SPEED, SPEED_KNOWN
from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.model import TrainedModel
from wavegan_src.generation.request import check_seeds
from wavegan_src.models.drive.course import Course, complete
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.utils.errors import UserError


@dataclass(frozen=True)
class Driver:
    """A model that can be driven, and how its rpm relate to the working cycle.

    rpm_per_hertz: revolutions per minute at one working cycle per second: 120 for four strokes, 60 for two.
    """

    model: TrainedModel
    rpm_per_hertz: float = 120.0

    @property
    def generator(self) -> DriveGenerator:
        """The model's generator.

        Raises:
            UserError: it cannot be driven.
        """
        if not isinstance(self.model.generator, DriveGenerator):
            raise UserError(
                f"{self.model.path or 'This model'} was trained without engine speeds, so it cannot be driven: train "
                "one with --config config_fast, and name it with --checkpoint."
            )
        return self.model.generator

    @property
    def rpm_range(self) -> tuple[float, float]:
        """The slowest and the fastest speed that its recordings had."""
        low, high = (torch.exp2(self.generator.speed_range.cpu().double()) * self.rpm_per_hertz).tolist()
        return low, high

    def leaves_recordings(self, slowest: float, fastest: float) -> str | None:
        """A sentence if speeds in rpm leave those that the recordings had, where the sound may be wrong."""
        low, high = self.rpm_range
        if slowest >= 0.97 * low and fastest <= 1.03 * high:
            return None
        return (
            f"The recordings cover {low:.0f} to {high:.0f} rpm; what is asked for outside of that "
            f"({slowest:.0f} to {fastest:.0f} rpm) is extrapolated."
        )

    def render(self, curve: DriveCurve, seed: int) -> Iterator[F32]:
        """The sound of a seed's engine on a curve, in pieces `(samples,)` of bounded memory, in [-1, 1].

        Raises:
            UserError: the model cannot be driven, or the seed is out of range.
        """
        check_seeds(seed)
        generator = self.generator
        device = generator.mean_spectrum.device
        z = seed_latent(seed, generator.latent_dim)[None].to(device)
        time = round(curve.seconds * generator.sample_rate)
        frame_s, last = generator.hop / generator.sample_rate, -(-time // generator.hop)

        def course(first: int, final: int) -> Course:
            frames = np.clip(np.arange(first, final + 1, dtype=np.float64), 0, last)
            rpm, load = curve.at(frames * frame_s)
            condition = np.zeros((1, CONDITIONS, len(frames)), np.float32)
            condition[0, SPEED], condition[0, SPEED_KNOWN] = np.log2(rpm / self.rpm_per_hertz), 1
            if load is not None:
                condition[0, LOAD], condition[0, LOAD_KNOWN] = load, 1
            asked = torch.from_numpy(condition).to(device)
            return complete(asked, generator.draw_course(z, first, final))

        with torch.no_grad():
            for block in generator.blocks(z, course, time):
                yield block[0].cpu().numpy()
