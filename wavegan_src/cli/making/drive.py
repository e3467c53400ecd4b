"""Implements `drive`: sounds of engines on a curve, and what is said about them."""

from dataclasses import dataclass
from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.dsp.clips import peak_level, resample
from wavegan_src.dsp.order_tracking.tracker import CONFIDENT
from wavegan_src.evaluation.tracking.recording import track_recording
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.driving.files import write_drive
from wavegan_src.generation.driving.likeness import Recorded, nearest_seed, recorded_curve
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count
from wavegan_src.utils.paths import shown
from wavegan_src.utils.progress import rich_progress

LIKE_SECONDS = 12.0  # of a recording that an engine shall be like
LEAST_CONFIDENT = 0.5  # share of them whose speed is known
SILENT = 1e-4  # peak


@dataclass(frozen=True)
class Engines:
    """Seeds: all of them, or the one whose engine is most like a recording."""

    seeds: range
    like: Path | None = None


def drive_engines(
    checkpoint: str, curve: DriveCurve, engines: Engines, *, rpm_per_hertz: float, device: str, out: Path
) -> None:
    """Write the sound of each engine on a curve.

    Raises:
        UserError: the model cannot be driven, a seed is out of range, the recording's speed is not known, or the
            folder cannot be written.
    """
    console = SteadyConsole()
    driver = Driver(wavegan.load(checkpoint, device=device).trained, rpm_per_hertz)
    if (warning := driver.leaves_recordings(float(curve.rpm.min()), float(curve.rpm.max()))) is not None:
        say(console, warning)
    seeds = engines.seeds
    if engines.like is not None:
        seed, apart = most_like(driver, engines.like, curve, seeds)
        say(console, f"Of {len(seeds)} engines, seed {seed} is most like {engines.like.name}: {apart:.1f} dB apart.")
        seeds = range(seed, seed + 1)
    with rich_progress("Driving", len(seeds)) as advance:
        for seed in seeds:
            done = write_drive(driver, curve, seed, out)
            advance(1)
    engine = format_count(len(seeds), "engine")
    low, high = curve.rpm.min(), curve.rpm.max()
    say(console, f"{engine} from {low:.0f} to {high:.0f} rpm, {curve.seconds:g} s: {done.sound} (and .csv, .png).")


def most_like(driver: Driver, recording: Path, wanted: DriveCurve, seeds: range) -> tuple[int, float]:
    """The seed whose engine is most like the beginning of a recording, and how far apart they are in dB.

    Moments of the recording count for more, the more they are like the wanted curve.

    Raises:
        UserError: the recording cannot be read, or its speed is not known.
    """
    rate = driver.generator.sample_rate
    found = track_recording(recording, None, rich_progress, LIKE_SECONDS)
    if (found.confidence >= CONFIDENT).mean() < LEAST_CONFIDENT:
        raise UserError(
            f"How fast the engine turns in {shown(recording)} is not certain: write its speed to "
            f"{shown(recording.with_suffix('.csv'))} (time_s, rpm), or choose engines with --seed."
        )
    sound = resample(found.audio, found.rate, rate)
    if peak_level(sound) < SILENT:
        raise UserError(
            f"{shown(recording)} is silent in its first {LIKE_SECONDS:g} s: name one that has a sound there."
        )
    try:
        recorded = Recorded(sound, recorded_curve(sound, rate, found.track.times, found.rpm))
    except UserError as error:
        raise UserError(f"{shown(recording)} and its labels: {error}") from error
    with rich_progress("Comparing engines", len(seeds)) as advance:
        return nearest_seed(driver, [recorded], wanted, seeds, advance)
