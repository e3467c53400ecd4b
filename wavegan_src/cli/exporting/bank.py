"""Implements `export bank`, and what is said about it."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.making import count_parts, make_bank
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST
from wavegan_src.generation.game_audio.bank.plan import make_plan
from wavegan_src.generation.game_audio.bank.targets.readme import README
from wavegan_src.generation.game_audio.bank.targets.table import target_named
from wavegan_src.generation.game_audio.bank.writing import write_bank
from wavegan_src.generation.game_audio.folder import check_replaceable
from wavegan_src.generation.game_audio.loops.plan import parse_speeds
from wavegan_src.utils.format import format_count, format_size
from wavegan_src.utils.progress import rich_progress


def export_bank(
    checkpoint: str,
    target_name: str,
    rpm: str | None,
    *,
    seed: int,
    name: str,
    place: str,
    licence: str,
    sample_rate: int,
    rpm_per_hertz: float,
    out: Path,
) -> None:
    """Write the bank of a seed's engine for a target.

    Raises:
        UserError: an option is out of range, the model cannot be driven, or the folder cannot be written.
    """
    console = SteadyConsole()
    target = target_named(target_name)
    asked = None if rpm is None else parse_speeds(rpm)
    check_replaceable(out, MANIFEST)
    driver = Driver(wavegan.load(checkpoint).trained, rpm_per_hertz)
    plan = make_plan(asked, driver.rpm_range, seed, sample_rate, name=name, place=place, licence=licence)
    if (warning := driver.leaves_recordings(plan.rpm[0], plan.rpm[-1])) is not None:
        say(console, warning)
    with rich_progress("Making the bank", count_parts(plan)) as advance:
        bank = make_bank(driver, plan, bits=target.bits, levels_in_files=target.levels_in_files, on_part=advance)
    files = write_bank(bank, target, out)
    _report(console, bank, target.title, out, files)


def _report(console: SteadyConsole, bank: Bank, title: str, out: Path, files: list[str]) -> None:
    for what, why in bank.left_out.items():
        say(console, f"There is no {what}: {why}.")
    if not bank.facts.data_licence:
        say(
            console,
            f"Nobody said which licence the recordings have, so data_licence in {MANIFEST} is empty: state it with "
            '--licence, as in --licence "CC BY 4.0".',
        )
    loops = format_count(len(bank.loops), "loop")
    ramps = format_count(len(bank.ramps), "ramp")
    size = format_size(sum((out / file).stat().st_size for file in files))
    say(console, f"{loops} and {ramps} for {title} in {out} ({size}). {out / README} says how to import them.")
