"""TORCS plays one sample for each car, at the pitch `rpm scale * rpm / 600` (`CarSoundData::calculateEngineSound`)."""

import math

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop
from wavegan_src.generation.game_audio.bank.plan import ON
from wavegan_src.generation.game_audio.bank.targets.target import render

RPM_OF_SCALE_1 = 600.0


def texts(bank: Bank) -> dict[str, str]:
    """The section `Sound` of a car."""
    loop = middle_loop(bank)
    scale = RPM_OF_SCALE_1 / loop.rpm
    return {f"{bank.facts.name}_sound.xml": render("sound.xml", name=bank.facts.name, file=loop.file, scale=scale)}


def middle_loop(bank: Bank) -> BankLoop:
    """The loop under load from which slowest and fastest are the same ratio away: it is pitched least."""
    loops = bank.over_speed(ON)
    middle = math.sqrt(loops[0].rpm * loops[-1].rpm)
    return min(loops, key=lambda loop: abs(math.log(loop.rpm / middle)))
