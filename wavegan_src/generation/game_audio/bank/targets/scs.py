"""Euro Truck Simulator 2 and American Truck Simulator.

Until version 1.36 the games played samples themselves: `sound_engine_data` with `pitch_reference` (SCS modding wiki,
"sound engine data" and "accessory sound data"). Since 1.37 they play banks of FMOD Studio, which a definition names
through `.soundref` files (SCS modding wiki, "Sounds - Truck Engine"). Both are written.
"""

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop
from wavegan_src.generation.game_audio.bank.plan import OFF, ON
from wavegan_src.generation.game_audio.bank.targets.sheet import SHEET, sheet
from wavegan_src.generation.game_audio.bank.targets.target import render

FOLDER = "sound/truck/{name}/"


def texts(bank: Bank) -> dict[str, str]:
    """The definitions for old and new versions, and the sheet for FMOD Studio."""
    name = bank.facts.name
    definitions = f"def/vehicle/truck/{name}"
    events = {f"{definitions}/engine/sound_{event}.soundref": soundref(name, event) for event in ("engine", "exhaust")}
    units = [(f".e{index}", loop) for index, loop in enumerate(bank.over_speed(OFF))]
    loaded = [(f".el{index}", loop) for index, loop in enumerate(bank.over_speed(ON))]
    kind = "esound" if bank.facts.place == "ext" else "isound"
    return {
        f"{definitions}/engine/sound.sui": sounds(name),
        **events,
        f"{definitions}/sound/{name}_{bank.facts.place}.sii": render(
            "accessory.sii", name=name, kind=kind, facts=bank.facts, units=units, loaded=loaded
        ),
        f"{definitions}/sound/{name}_{bank.facts.place}_data.sui": "\n".join(
            unit(pointer, loop, name) for pointer, loop in (*units, *loaded)
        ),
        SHEET: sheet(bank),
    }


def soundref(name: str, event: str) -> str:
    """Where an event is, in a bank that FMOD Studio builds."""
    return f'source="/sound/truck/{name}.bank#engine/{event}"\n'


def sounds(name: str) -> str:
    """The lines to include in an engine's definition."""
    lines = [
        f'\tsounds[]: "{event}|/def/vehicle/truck/{name}/engine/sound_{event}.soundref"'
        for event in ("engine", "exhaust")
    ]
    return "\n".join([*lines, ""])


def unit(pointer: str, loop: BankLoop, name: str) -> str:
    """One sample as the games up to 1.36 read it."""
    low, high = loop.audible
    return (
        f"sound_engine_data : {pointer}\n{{\n"
        f'\tname: "/{FOLDER.format(name=name)}{loop.file}"\n\tlooped: true\n\tvolume: {loop.volume:.4f}\n'
        f"\tpitch_reference: {loop.rpm:.1f}\n\tmin_rpm: {low:.1f}\n\tmax_rpm: {high:.1f}\n}}\n"
    )
