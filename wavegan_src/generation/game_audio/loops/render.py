"""Making loops: rendered by the model in a circle, brought to the wanted rate in a circle, and to one loudness."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.circle import begun_at_a_rise, resample_in_a_circle
from wavegan_src.generation.game_audio.loops.plan import LoopPlan
from wavegan_src.generation.latents import seed_latent
from wavegan_src.models.drive.looping import render_loop

PEAK = 0.891  # -1 dBFS
LOUDNESS_DB = -20.0  # root mean square of every loop, unless its peak would exceed `PEAK`


@dataclass(frozen=True)
class Loop:
    """A loop of one engine.

    samples: `(samples,)`. rpm: exactly, as rendered. gain_db: how much it was raised or lowered to be as loud as the
    others; a player takes it back to have the engine's own level.
    """

    plan: LoopPlan
    samples: F32
    rpm: float
    gain_db: float


def make_loop(driver: Driver, plan: LoopPlan, seed: int, sample_rate: int) -> Loop:
    """Make one loop of a seed's engine at `sample_rate` Hz."""
    generator = driver.generator
    latent = seed_latent(seed, generator.latent_dim).to(generator.mean_spectrum.device)
    return finish_loop(driver, plan, render_loop(generator, latent, plan.load, plan.cycles, plan.frames), sample_rate)


def finish_loop(driver: Driver, plan: LoopPlan, sound: Tensor, sample_rate: int) -> Loop:
    """A loop as the model renders it, `(samples,)`, brought to `sample_rate` Hz, the plan's speed and one loudness.

    Its number of samples is even: at 24 bits the file then needs no byte of padding, which some readers do not expect.
    """
    count = 2 * round(plan.cycles * driver.rpm_per_hertz / plan.rpm * sample_rate / 2)
    turn = begun_at_a_rise(resample_in_a_circle(sound.cpu().numpy().astype(np.float64), count))
    samples, gain = to_one_loudness(turn)
    rpm = plan.cycles * driver.rpm_per_hertz * sample_rate / count
    return Loop(plan, samples, rpm, 20 * float(np.log10(gain)))


def to_one_loudness(samples: Floats) -> tuple[F32, float]:
    """Samples at `LOUDNESS_DB`, or less where their peak would exceed `PEAK`, and their gain."""
    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    gain = min(10 ** (LOUDNESS_DB / 20) / level, PEAK / (float(np.abs(samples).max()) or 1.0))
    return (gain * samples).astype(np.float32), gain
