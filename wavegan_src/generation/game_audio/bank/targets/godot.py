"""Godot: a scene with a player for each loop, and the script that plays it.

Scene and script use only what Godot 3 and 4 share: a text scene of format 2 with numbered resources, paths relative to
the scene, and no property that was renamed without being set by its name. A `.csv` would be taken for translations.
"""

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets.target import render


def texts(bank: Bank) -> dict[str, str]:
    """The scene and the script."""
    name = bank.facts.name
    return {
        f"{name}.tscn": render("engine.tscn", name=name, loops=bank.loops),
        f"{name}.gd": render("engine.gd", name=name, loops=bank.loops),
    }
