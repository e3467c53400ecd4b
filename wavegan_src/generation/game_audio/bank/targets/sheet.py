"""A table of a bank's loops with all that is typed into a tool which reads no such table: ranges, pitches, volumes."""

import math

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop
from wavegan_src.utils.csv_log import format_value, to_csv

SHEET = "sheet.csv"
COLUMNS = ("file", "role", "load", "rpm", "from_rpm", "to_rpm", "cents_at_from", "cents_at_to", "volume_db")


def sheet(bank: Bank) -> str:
    """The table: each loop is alone at its rpm, and not heard below from_rpm and above to_rpm.

    Pitch is in cents relative to the file, 1200 an octave: `1200 log2(rpm / rpm of the file)`.
    """
    return to_csv([COLUMNS, *(_row(loop) for loop in bank.loops)])


def volume_db(loop: BankLoop) -> float:
    """The volume to play a loop with, relative to the loudest."""
    return 20 * math.log10(loop.volume)


def _row(loop: BankLoop) -> list[str]:
    low, high = loop.audible
    numbers = (loop.load, loop.rpm, low, high, cents(low, loop.rpm), cents(high, loop.rpm), volume_db(loop))
    return [loop.file, loop.role.value, *(format_value(round(number, 3) + 0.0) for number in numbers)]


def cents(rpm: float, reference: float) -> float:
    """How far a loop of one speed is pitched to sound as another."""
    return 1200 * math.log2(rpm / reference)
