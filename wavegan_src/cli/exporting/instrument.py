"""Implements `export instrument`."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.instrument.model_data import car_range, page_data
from wavegan_src.generation.instrument.page import check_replaceable, write_page
from wavegan_src.generation.request import HIGHEST_SEED
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.format import format_count


def write_instrument(checkpoint: str, seeds: range, strokes: int, out: Path) -> None:
    """Write the page of a model's engines.

    Raises:
        UserError: the model cannot be driven, a value is out of range, or the page cannot be written.
    """
    if strokes not in (2, 4):
        raise UserError(f"--strokes {strokes}: give 2 or 4.")
    if seeds[0] < 0 or seeds[-1] > HIGHEST_SEED:
        raise UserError(f"Seeds go from 0 to {HIGHEST_SEED}, not from {seeds[0]} to {seeds[-1]}.")
    with os_errors_as_user_errors(out, what="the page", cure="choose another file with --out"):
        check_replaceable(out)
        driver = Driver(wavegan.load(checkpoint, device="cpu").trained, 30.0 * strokes)
        write_page(out, page_data(driver, seeds), f"Engines of {_name(driver)}")
        size = out.stat().st_size
    low, high = driver.rpm_range
    fastest = car_range(low, high)[1]
    engines = format_count(len(seeds), "engine")
    console = SteadyConsole()
    if fastest > high:
        say(
            console,
            f"The recordings cover {low:.0f} to {high:.0f} rpm only; the car turns up to {fastest:.0f} rpm, where the "
            "sound is extrapolated.",
        )
    say(
        console,
        f"{out} ({size / 1e6:.1f} MB): {engines} from {low:.0f} to {fastest:.0f} rpm. Open it in a browser; it needs "
        "no network and no other file.",
    )


def _name(driver: Driver) -> str:
    """The run's folder, or the file's name where it is in no run."""
    path = driver.model.path
    if path is None:
        return "a model"
    path = path.absolute()
    return path.parent.parent.name if path.parent.name == "checkpoints" else path.stem
