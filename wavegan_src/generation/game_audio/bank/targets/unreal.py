"""Unreal Engine: a table of loops as CSV for a Data Table, and the C++ structure of its rows.

A Data Table's CSV has the row's name first (unreal.DataTable, `import_key_field`), then the structure's fields.
"""

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop
from wavegan_src.generation.game_audio.bank.targets.target import render
from wavegan_src.utils.csv_log import format_value, to_csv

COLUMNS = ("Name", "Sound", "Role", "Rpm", "Load", "FromRpm", "ToRpm", "Volume", "LoopStart", "LoopEnd")


def texts(bank: Bank) -> dict[str, str]:
    """The table and the header."""
    name = bank.facts.name
    rows = [COLUMNS, *(_row(loop, name) for loop in bank.loops)]
    return {f"{name}_loops.csv": to_csv(rows), "EngineLoopRow.h": render("EngineLoopRow.h")}


def _row(loop: BankLoop, name: str) -> list[str]:
    asset = loop.file.removesuffix(".wav")
    numbers = (loop.rpm, loop.load, *loop.audible, loop.volume)
    cells = [format_value(round(number, 4)) for number in numbers]
    return [asset, f"/Game/{name}/{asset}.{asset}", loop.role.value, *cells, "0", str(len(loop.samples) - 1)]
