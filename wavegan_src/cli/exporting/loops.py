"""Implements `export loops`, and what is said about them."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.cli.exporting.loops_options import DEFAULT_LOADS, DEFAULT_RPM
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.folder import check_replaceable
from wavegan_src.generation.game_audio.loops.files import MANIFEST, write_crossfade, write_loops
from wavegan_src.generation.game_audio.loops.plan import parse_loads, parse_speeds, plan_loop
from wavegan_src.generation.request import check_seeds
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count
from wavegan_src.utils.progress import rich_progress


def export_loops(
    checkpoint: str,
    rpm: str | None,
    load: str | None,
    seed: int,
    sample_rate: int,
    rpm_per_hertz: float,
    out: Path,
) -> None:
    """Write the loops of a seed's engine at all speeds and loads, or the one that a clip gives by crossfade.

    Raises:
        UserError: an option is out of range or has no effect, or the folder cannot be written.
    """
    console = SteadyConsole()
    speeds, loads = parse_speeds(rpm or DEFAULT_RPM), parse_loads(load or DEFAULT_LOADS)
    check_seeds(seed)
    check_replaceable(out, MANIFEST)
    model = wavegan.load(checkpoint)
    if not isinstance(model.trained.generator, DriveGenerator):
        if rpm is not None or load is not None:
            raise UserError(
                f"{model.name} was trained without engine speeds, so --rpm and --load have no effect: leave them out "
                "for one loop by crossfade, or train a model with --config config_fast."
            )
        _export_crossfade(console, model, seed, sample_rate, out)
        return
    driver = Driver(model.trained, rpm_per_hertz)
    frame_s = driver.generator.hop / driver.generator.sample_rate
    plans = [plan_loop(speed, each, frame_s, rpm_per_hertz) for each in loads for speed in speeds]
    if (warning := driver.leaves_recordings(min(speeds), max(speeds))) is not None:
        say(console, warning)
    with rich_progress("Making loops", len(plans)) as advance:
        count = write_loops(driver, plans, seed, sample_rate, out, advance)
    say(console, f"{format_count(count, 'loop')} in {out}, described in {out / MANIFEST}.")


def _export_crossfade(console: SteadyConsole, model: wavegan.Model, seed: int, sample_rate: int, out: Path) -> None:
    loop = write_crossfade(model.trained, model.generate(seeds=seed)[0], seed, sample_rate, out)
    seconds = len(loop.samples) / sample_rate
    say(
        console,
        f"{model.name} was trained without engine speeds, so this is one loop of {seconds:.2f} s by crossfade: over "
        f"{1000 * loop.fade_s:.0f} ms its end is faded into its beginning (correlation {loop.correlation:.2f}). Its "
        "speed is not known. For exact loops over speed train a model with --config config_fast.",
    )
    say(console, f"1 loop in {out}, described in {out / MANIFEST}.")
