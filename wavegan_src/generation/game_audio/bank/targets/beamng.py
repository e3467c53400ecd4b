"""BeamNG.drive: the blend of samples over speed and load, and a part with its `soundConfig`.

Blend and `soundConfig` are described in BeamNG's wiki, "Sound"; the blend lists off-load, then on-load samples, each
with its rpm.
"""

import json

from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop
from wavegan_src.generation.game_audio.bank.plan import OFF, ON

FOLDER = "art/sound/engine/{name}/"


def texts(bank: Bank) -> dict[str, str]:
    """The blend and the part."""
    name = bank.facts.name
    return {f"art/sound/blends/{name}.sfxBlend2D.json": blend(bank), f"{name}_sound.jbeam": part(name)}


def blend(bank: Bank) -> str:
    """The samples over speed and load, a line each."""
    folder = FOLDER.format(name=bank.facts.name)
    off, on = (_samples(bank.over_speed(load), folder) for load in (OFF, ON))
    return (
        '{\n    "header" : {\n        "version" : 1\n    },\n    "eventName" : "event:>Engine>default",\n'
        f'    "samples" : [\n        [\n{off}\n        ],\n        [\n{on}\n        ]\n    ]\n}}\n'
    )


def part(name: str) -> str:
    """A part that gives an engine this sound."""
    content = {
        f"{name}_sound": {
            "information": {"authors": "WaveGAN", "name": f"Sound {name}"},
            "slotType": f"{name}_sound",
            "mainEngine": {"soundConfig": f"soundConfig_{name}"},
            f"soundConfig_{name}": {
                "sampleName": name,
                "mainGain": 0,
                "onLoadGain": 1,
                "offLoadGain": 1,
                "maxLoadMix": 1,
                "minLoadMix": 0,
                "lowCutFreq": 20,
                "highCutFreq": 16000,
            },
        }
    }
    return json.dumps(content, indent=4) + "\n"


def _samples(loops: list[BankLoop], folder: str) -> str:
    return ",\n".join(f"            {json.dumps([folder + loop.file, round(loop.rpm, 1)])}" for loop in loops)
