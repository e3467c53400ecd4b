"""Ramps: an engine driven through all speeds, up with load and down without, for tools that cut them up."""

import numpy as np

from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.clips import resample
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.contents import Ramp
from wavegan_src.generation.game_audio.bank.plan import OFF, ON, BankPlan
from wavegan_src.generation.game_audio.loops.render import PEAK

SECONDS = {ON: 10.0, OFF: 8.0}
KINDS = {ON: "on", OFF: "off"}


def ramp_curve(slowest: float, fastest: float, load: float) -> DriveCurve:
    """The speed over time in rpm: upwards with load, downwards without."""
    rpm = [slowest, fastest] if load == ON else [fastest, slowest]
    return DriveCurve(np.array([0.0, SECONDS[load]]), np.array(rpm), np.array([load, load]))


def make_ramps(driver: Driver, plan: BankPlan) -> list[Ramp]:
    """Both ramps between the slowest and the fastest speed, with one gain for both."""
    curves = [ramp_curve(plan.rpm[0], plan.rpm[-1], load) for load in (ON, OFF)]
    sounds = [_render(driver, curve, plan) for curve in curves]
    peak = max(float(np.abs(sound).max()) for sound in sounds)
    gain = PEAK / (peak or 1.0)
    low, high = driver.rpm_range
    leaves = plan.rpm[0] < 0.97 * low or plan.rpm[-1] > 1.03 * high
    names = [plan.ramp_name(KINDS[load]) for load in (ON, OFF)]
    return [
        Ramp(name, np.float32(gain) * sound, curve, 20 * float(np.log10(gain)), leaves)
        for name, sound, curve in zip(names, sounds, curves, strict=True)
    ]


def _render(driver: Driver, curve: DriveCurve, plan: BankPlan) -> F32:
    sound = np.concatenate(list(driver.render(curve, plan.seed)))
    return resample(sound, driver.generator.sample_rate, plan.sample_rate)
