"""`export loops`: its options and their help. Imports nothing heavy before it runs."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options
from wavegan_src.utils.errors import UserError

SAMPLE_RATES = (22050, 44100, 48000, 96000)


def loops(
    checkpoint: Annotated[
        str, options.name_option("NAME|FILE|RUN", "A model that follows speed: a run's folder or a checkpoint.")
    ],
    rpm: Annotated[str, typer.Option(metavar="A:B:STEP|R,R", help="Speeds.")] = "800:6200:600",
    load: Annotated[str, typer.Option(metavar="L,L", help="Loads, 0 to 1.")] = "0,1",
    seed: Annotated[int, typer.Option(metavar="N", help="Which engine; every seed is another one.")] = 17,
    sample_rate: Annotated[int, typer.Option(metavar="HZ", help="Of the files.")] = 48000,
    strokes: Annotated[int, typer.Option(metavar="2|4", help="Of the engine's working cycle.")] = 4,
    out: Annotated[Path, options.path_option("FOLDER", "For the loops and loops.json.")] = Path("loops"),
) -> None:
    """Write loops of an engine at steady speeds and loads, for game engines and samplers.

    Each WAV (24 bits, with loop points) holds whole working cycles and joins its own beginning exactly: nothing is
    cross-faded. All are equally loud; loops.json has the engine's own level at each speed and load.
    """
    from wavegan_src.cli.exporting.loops import export_loops  # noqa: PLC0415

    if strokes not in (2, 4):
        raise UserError(f"--strokes {strokes}: give 2 or 4.")
    if sample_rate not in SAMPLE_RATES:
        raise UserError(f"--sample-rate {sample_rate}: give one of {', '.join(map(str, SAMPLE_RATES))}.")
    export_loops(checkpoint, rpm, load, seed, sample_rate, 30.0 * strokes, out)
