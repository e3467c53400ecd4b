"""FMOD Studio, which imports no text: a sheet with the ranges, root speeds and volumes to set."""

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets.sheet import SHEET, sheet


def texts(bank: Bank) -> dict[str, str]:
    """The sheet."""
    return {SHEET: sheet(bank)}
