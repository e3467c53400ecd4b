"""Implements `export loops`, and what is said about them."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.loops.files import MANIFEST, write_loops
from wavegan_src.generation.game_audio.loops.plan import parse_loads, parse_speeds, plan_loop
from wavegan_src.utils.format import format_count
from wavegan_src.utils.progress import rich_progress


def export_loops(
    checkpoint: str, rpm: str, load: str, seed: int, sample_rate: int, rpm_per_hertz: float, out: Path
) -> None:
    """Write the loops of a seed's engine at all speeds and loads.

    Raises:
        UserError: an option is out of range, the model cannot be driven, or the folder cannot be written.
    """
    console = SteadyConsole()
    speeds, loads = parse_speeds(rpm), parse_loads(load)
    driver = Driver(wavegan.load(checkpoint).trained, rpm_per_hertz)
    frame_s = driver.generator.hop / driver.generator.sample_rate
    plans = [plan_loop(speed, each, frame_s, rpm_per_hertz) for each in loads for speed in speeds]
    if (warning := driver.leaves_recordings(min(speeds), max(speeds))) is not None:
        say(console, warning)
    with rich_progress("Making loops", len(plans)) as advance:
        count = write_loops(driver, plans, seed, sample_rate, out, advance)
    say(console, f"{format_count(count, 'loop')} in {out}, described in {out / MANIFEST}.")
