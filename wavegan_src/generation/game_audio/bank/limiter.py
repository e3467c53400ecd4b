"""The limiter: a loop whose speed bounces below the highest one, as where ignition is cut and given back.

No model has learnt a limiter; it is driven into one. Speed and load come back to where they began, so the loop closes.
"""

import math

import torch

from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.loops.plan import LoopPlan
from wavegan_src.generation.game_audio.loops.render import Loop, finish_loop
from wavegan_src.generation.latents import seed_latent
from wavegan_src.models.drive.looping import render_swinging_loop

BOUNCE_FRAMES, BOUNCES = 48, 16  # 0.14 s each at the model's rate, 2.2 s in all
DEPTH = 0.04  # share of the speed that is lost at each bounce
RISING = 0.5  # share of a bounce in which the ignition is on


def limiter_curve() -> tuple[torch.Tensor, torch.Tensor]:
    """Log2 of the speed relative to the limit, and the load, at each frame, `(frames,)` both."""
    place = torch.arange(BOUNCE_FRAMES * BOUNCES) % BOUNCE_FRAMES / BOUNCE_FRAMES
    rising = place < RISING
    depth = torch.where(rising, 1 - place / RISING, (place - RISING) / (1 - RISING))
    return torch.log2(1 - DEPTH * depth), rising.float()


def make_limiter(driver: Driver, rpm: float, seed: int, sample_rate: int) -> Loop:
    """The limiter of a seed's engine at a highest speed; the loop's own speed is the mean, a little lower."""
    generator = driver.generator
    device = generator.mean_spectrum.device
    latent = seed_latent(seed, generator.latent_dim).to(device)
    swing, load = (curve.to(device) for curve in limiter_curve())
    mean = rpm * float(swing.exp2().mean())
    seconds = len(swing) * generator.hop / generator.sample_rate
    cycles = max(1, math.floor(mean / driver.rpm_per_hertz * seconds))
    sound = render_swinging_loop(generator, latent, swing, load, cycles)
    plan = LoopPlan(cycles * driver.rpm_per_hertz / seconds, 1.0, cycles, len(swing))
    return finish_loop(driver, plan, sound, sample_rate)
