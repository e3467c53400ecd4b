"""Unity: a C# component that reads `bank.json` and plays it."""

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets.target import render


def texts(_: Bank) -> dict[str, str]:
    """The component."""
    return {"EngineSound.cs": render("EngineSound.cs")}
