r"""Wwise: a tab-delimited import file that creates containers and sounds, and a sheet for the blend tracks.

The columns are those of Audiokinetic's help, "Importing Media Files from Tab Delimited Text Files"; the object path
names types in angle brackets, and is relative to where one imports.
"""

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop, Role
from wavegan_src.generation.game_audio.bank.targets.sheet import SHEET, sheet, volume_db

COLUMNS = ("Audio File", "Object Path", "Property[Volume]", "Property[IsLoopingEnabled]", "Notes")
_ON = {0.0: "off", 1.0: "on"}


def texts(bank: Bank) -> dict[str, str]:
    """The import file and the sheet."""
    name = bank.facts.name
    rows = [COLUMNS, *(_row(loop, name) for loop in bank.loops)]
    return {f"{name}_wwise.txt": "".join("\t".join(row) + "\r\n" for row in rows), SHEET: sheet(bank)}


def _row(loop: BankLoop, name: str) -> tuple[str, ...]:
    inner = f"<Blend Container>{name}_{_ON[loop.load]}\\" if loop.role is Role.LOOP else ""
    path = f"<Blend Container>{name}\\{inner}<Sound SFX>{loop.file.removesuffix('.wav')}"
    return loop.file, path, f"{volume_db(loop) + 0.0:.2f}", "true", f"pitch 0 at {loop.rpm:.1f} rpm"
