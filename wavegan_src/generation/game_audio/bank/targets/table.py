"""The one list of targets."""

from wavegan_src.generation.game_audio.bank.targets import beamng, fmod, godot, scs, torcs, unity, unreal, wwise
from wavegan_src.generation.game_audio.bank.targets.target import Target
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable

TARGETS: tuple[Target, ...] = (
    Target("wwise", "Wwise", wwise.texts),
    Target("fmod", "FMOD Studio", fmod.texts),
    Target("unreal", "Unreal Engine", unreal.texts),
    Target("unity", "Unity", unity.texts),
    Target("godot", "Godot", godot.texts, tables=".csv.txt"),
    Target("beamng", "BeamNG.drive", beamng.texts, folder=beamng.FOLDER, levels_in_files=True),
    Target("scs", "Euro Truck Simulator 2 and American Truck Simulator", scs.texts, folder=scs.FOLDER),
    Target("torcs", "TORCS", torcs.texts, bits=16),
)


def target_named(name: str) -> Target:
    """The target of a name.

    Raises:
        UserError: there is none.
    """
    for target in TARGETS:
        if target.name == name:
            return target
    names = ", ".join(target.name for target in TARGETS)
    raise UserError(f"There is no target {printable(name)}: give one of {names}.")
