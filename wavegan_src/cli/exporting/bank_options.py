"""`export bank`: its options and their help. Imports nothing heavy before it runs."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options
from wavegan_src.cli.exporting.loops_options import check_format

TARGET_NAMES = ("wwise", "fmod", "unreal", "unity", "godot", "beamng", "scs", "torcs")


def bank(
    checkpoint: Annotated[
        str, options.name_option("NAME|FILE|RUN", "A model that follows speed: a run's folder or a checkpoint.")
    ],
    target: Annotated[str, typer.Option(metavar="NAME", help=f"For which game engine: {', '.join(TARGET_NAMES)}.")],
    rpm: Annotated[
        str | None, typer.Option(metavar="A:B:STEP|R,R", help="Speeds; by default those that the recordings cover.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Which engine; every seed is another one.")] = 17,
    name: Annotated[str, typer.Option(metavar="NAME", help="First part of the files' names.")] = "engine",
    place: Annotated[
        str, typer.Option(metavar="ext|int", help="Recorded outside the car or inside; in the names.")
    ] = "ext",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="Licence of the recordings, for bank.json.")] = "",
    sample_rate: Annotated[int, typer.Option(metavar="HZ", help="Of the files.")] = 48000,
    strokes: Annotated[int, typer.Option(metavar="2|4", help="Of the engine's working cycle.")] = 4,
    out: Annotated[Path, options.path_option("FOLDER", "For the bank.")] = Path("bank"),
) -> None:
    """Write all sounds of an engine for a game engine, with its own files and how to import them.

    Loops over speed with load and without, idle, limiter, ramps with their rpm, and bank.json, which says what each
    file is. README.md in the folder has the import in five lines.
    """
    from wavegan_src.cli.exporting.bank import export_bank  # noqa: PLC0415

    check_format(sample_rate, strokes)
    export_bank(
        checkpoint,
        target,
        rpm,
        seed=seed,
        name=name,
        place=place,
        licence=licence,
        sample_rate=sample_rate,
        rpm_per_hertz=30.0 * strokes,
        out=out,
    )
