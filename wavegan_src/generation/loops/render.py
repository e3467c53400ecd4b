"""Making loops: rendered by the model in a circle, brought to the wanted rate in a circle, and to one loudness."""

from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.loops.plan import LoopPlan
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
    sound = render_loop(generator, latent, plan.load, plan.cycles, plan.frames).cpu().numpy().astype(np.float64)
    count = round(plan.cycles * driver.rpm_per_hertz / plan.rpm * sample_rate)
    samples = resample_in_a_circle(sound, count)
    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    gain = min(10 ** (LOUDNESS_DB / 20) / level, PEAK / (float(np.abs(samples).max()) or 1.0))
    rpm = plan.cycles * driver.rpm_per_hertz * sample_rate / count
    return Loop(plan, (gain * samples).astype(np.float32), rpm, 20 * float(np.log10(gain)))


def resample_in_a_circle(loop: Floats, count: int) -> Floats:
    """One period of a periodic sound at `count` samples instead of `len(loop)`: exact, as it is band-limited.

    Where `count` is smaller, what lies above the new half of the sample rate is left out.
    """
    spectrum = np.fft.rfft(loop)
    kept = np.zeros(count // 2 + 1, np.complex128)
    shared = min(len(spectrum), len(kept))
    kept[:shared] = spectrum[:shared]
    if count % 2 == 0 and shared == len(kept):
        kept[-1] = 0  # the phase of the highest line is not kept by a real signal
    return np.asarray(np.fft.irfft(kept, count) * (count / len(loop)))
