"""How exactly a model follows the speed and load that it is given, and whether an engine stays the same engine.

Run: python -m benchmarks.control --checkpoint MODEL [--json] [--seeds 8] [--cylinders 4]

* rpm: sweeps, ramps of 3000 rpm/s and steps from 700 to 6500 rpm are tracked again from the sound.
  `up_to_a_power_of_two` forgives the tracker, frame by frame, an answer that is 2, 4 or 8 times too fast or too slow:
  nobody knows how many firings a learnt engine has in a cycle, and after a jump the tracker may count them anew. Frames
  within 0.2 s of a step, a turn or an end are left out: the tracker's windows reach over it. `pulse_train` is what the
  tracker makes of pulses in noise at exactly the wanted speed.
* load: rank correlation of level and brightness with the load from 0 to 1, at five speeds.
* identity: how often two clips of one seed at different speeds are nearer, by aiSFX and at one level, than two seeds at
  one speed; at two speeds that the recordings had.
"""

import argparse
import json
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import wavegan
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import track
from wavegan_src.evaluation.measures.embeddings import embed_aisfx
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver

LOWEST, HIGHEST = 700.0, 6500.0
RAMP = 3000.0  # rpm per second
MULTIPLES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
AROUND_S = 0.2  # of a step, a turn or an end
PEAKED = 20.0  # of the pulses: about a fourteenth of a period wide
SPEEDS = (1000.0, 2000.0, 3000.0, 4500.0, 6000.0)
LOADS = np.linspace(0, 1, 9)
IDENTITY_PLACES = (1 / 3, 2 / 3)  # of the range of speeds that the recordings had, in octaves


def curves() -> dict[str, tuple[DriveCurve, Floats]]:
    """Curves by name, with the times of their ends, steps and turns."""
    there = (HIGHEST - LOWEST) / RAMP
    levels = np.array([1000.0, 2500.0, 1500.0, 4000.0, 6500.0, 3000.0])
    starts = 1.5 * np.arange(len(levels))
    times = np.sort(np.concatenate([starts, starts[1:] - 0.001, [1.5 * len(levels)]]))
    found = {
        "sweep": DriveCurve(np.array([0.0, 12.0]), np.array([LOWEST, HIGHEST])),
        "ramps": DriveCurve(np.array([0.0, there, 2 * there]), np.array([LOWEST, HIGHEST, LOWEST])),
        "steps": DriveCurve(times, np.repeat(levels, 2)),
    }
    return {name: (curve, np.unique(curve.times)) for name, curve in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="a run's folder or a checkpoint")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--cylinders", type=int, default=4, help="of the engines that it was trained on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    driver = Driver(wavegan.load(options.checkpoint).trained)
    seeds = range(options.seeds)
    found = {
        "rpm_range_of_recordings": [round(value) for value in driver.rpm_range],
        "rpm": speed_figures(driver, seeds, EngineLayout(options.cylinders)),
        "load": load_figures(driver, seeds),
        "identity_percent": identity(driver, seeds),
    }
    print(json.dumps(found, indent=1) if options.json else _to_text(found))


def speed_figures(driver: Driver, seeds: range, layout: EngineLayout) -> dict[str, Any]:
    """Errors of the tracked speed against the wanted one, by curve and over all."""
    rate = driver.generator.sample_rate
    figures: dict[str, Any] = {}
    all_errors = Errors()
    for name, (curve, corners) in curves().items():
        errors = Errors()
        for seed in seeds:
            errors.add(_sound(driver, curve, seed), rate, layout, curve, corners)
        bare = Errors()
        bare.add(pulse_train(curve, rate, layout.cylinders), rate, layout, curve, corners)
        figures[name] = errors.figures() | {"pulse_train": bare.figures()["up_to_a_power_of_two"]}
        all_errors.join(errors)
    return figures | {"all": all_errors.figures()}


class Errors:
    """Relative errors of tracked frames, as the tracker reads the layout, and up to a power of two."""

    def __init__(self) -> None:
        self.given: list[Floats] = []
        self.free: list[Floats] = []

    def add(self, sound: F32, rate: int, layout: EngineLayout, curve: DriveCurve, corners: Floats) -> None:
        """Track a sound that should follow a curve."""
        found = track(sound, rate, layout)
        wanted, _ = curve.at(found.times)
        away = np.abs(found.times[:, None] - corners).min(1) > AROUND_S
        self.given.append(np.abs(found.rpm / wanted - 1)[away])
        self.free.append(np.abs(np.outer(found.rpm / wanted, MULTIPLES) - 1).min(1)[away])

    def join(self, others: "Errors") -> None:
        """Take in others' errors too."""
        self.given += others.given
        self.free += others.free

    def figures(self) -> dict[str, dict[str, float]]:
        """Shares and medians."""
        return {"cylinders_given": _shares(self.given), "up_to_a_power_of_two": _shares(self.free)}


def pulse_train(curve: DriveCurve, rate: int, firings: int) -> F32:
    """Pulses, so many a cycle of two turns, along a curve, in white noise of half their level."""
    rpm, _ = curve.at(np.arange(round(curve.seconds * rate)) / rate)
    turns = np.cumsum(rpm / 120 * firings) / rate
    pulses = np.exp(PEAKED * (np.cos(2 * np.pi * turns) - 1))
    pulses -= pulses.mean()
    noise = np.random.default_rng(0).standard_normal(len(pulses))
    found: F32 = (pulses + 0.5 * pulses.std() * noise).astype(np.float32)
    return found


def load_figures(driver: Driver, seeds: range) -> dict[str, float]:
    """Mean rank correlation of level and brightness with the load."""
    level, brightness = [], []
    for seed in seeds:
        for rpm in SPEEDS:
            sounds = [_sound(driver, _steady(rpm, float(load)), seed) for load in LOADS]
            level.append(spearmanr(LOADS, [float(sound.std()) for sound in sounds]).statistic)
            brightness.append(spearmanr(LOADS, [_centroid(sound) for sound in sounds]).statistic)
    return {"level": round(float(np.mean(level)), 3), "brightness": round(float(np.mean(brightness)), 3)}


def identity(driver: Driver, seeds: range) -> float:
    """Share of pairs, in percent, in which the same seed at another speed is nearer than another seed at one speed."""
    low, high = driver.rpm_range
    speeds = [low * (high / low) ** place for place in IDENTITY_PLACES]
    sounds = [np.stack([_of_one_level(_sound(driver, _steady(rpm, None), seed)) for seed in seeds]) for rpm in speeds]
    here, there = (embed_aisfx(each, driver.generator.sample_rate).patches.mean(1) for each in sounds)
    own = np.linalg.norm(here - there, axis=1)
    others = np.linalg.norm(here[:, None] - here[None], axis=2)
    pairs = ~np.eye(len(here), dtype=bool)
    return round(100 * float((own[:, None] < others)[pairs].mean()), 1)


def _steady(rpm: float, load: float | None) -> DriveCurve:
    loads = None if load is None else np.array([load, load])
    return DriveCurve(np.array([0.0, 2.0]), np.array([rpm, rpm]), loads)


def _sound(driver: Driver, curve: DriveCurve, seed: int) -> F32:
    return np.concatenate(list(driver.render(curve, seed)))


def _of_one_level(sound: F32) -> F32:
    return (0.1 / max(float(sound.std()), 1e-6) * sound).astype(np.float32)


def _centroid(sound: F32) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return float((power * np.arange(len(power))).sum() / power.sum())


def _shares(errors: list[Floats]) -> dict[str, float]:
    joined = np.concatenate(errors)
    return {
        "share_within_1_percent": round(100 * float((joined <= 0.01).mean()), 1),
        "median_error_percent": round(100 * float(np.median(joined)), 2),
    }


def _to_text(found: dict[str, Any]) -> str:
    lines = [f"recordings: {found['rpm_range_of_recordings'][0]} to {found['rpm_range_of_recordings'][1]} rpm"]
    for name, figures in found["rpm"].items():
        for way, shares in figures.items():
            share, median = shares["share_within_1_percent"], shares["median_error_percent"]
            lines.append(f"{name} ({way}): {share} % of frames within 1 %, median error {median} %")
    lines.append(
        f"load: rank correlation {found['load']['level']} of level, {found['load']['brightness']} of brightness"
    )
    lines.append(f"identity: {found['identity_percent']} % of pairs")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
