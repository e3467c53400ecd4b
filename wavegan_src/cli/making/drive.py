"""Implements `drive`: sounds of engines on a curve, and what is said about them."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.driving.files import write_drive
from wavegan_src.utils.format import format_count
from wavegan_src.utils.progress import rich_progress


def drive_engines(
    checkpoint: str, curve: DriveCurve, seeds: range, *, rpm_per_hertz: float, device: str, out: Path
) -> None:
    """Write the sound of each seed's engine on a curve.

    Raises:
        UserError: the model cannot be driven, a seed is out of range, or the folder cannot be written.
    """
    console = SteadyConsole()
    driver = Driver(wavegan.load(checkpoint, device=device).trained, rpm_per_hertz)
    if (warning := driver.leaves_recordings(float(curve.rpm.min()), float(curve.rpm.max()))) is not None:
        say(console, warning)
    with rich_progress("Driving", len(seeds)) as advance:
        for seed in seeds:
            done = write_drive(driver, curve, seed, out)
            advance(1)
    engines = format_count(len(seeds), "engine")
    low, high = curve.rpm.min(), curve.rpm.max()
    say(console, f"{engines} from {low:.0f} to {high:.0f} rpm, {curve.seconds:g} s: {done.sound} (and .csv, .png).")
