"""`export loops`: its options and their help. Imports nothing heavy before it runs."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options
from wavegan_src.utils.errors import UserError

SAMPLE_RATES = (22050, 44100, 48000, 96000)
DEFAULT_RPM, DEFAULT_LOADS = "800:6200:600", "0,1"


def loops(
    checkpoint: Annotated[str, options.name_option("NAME|FILE|RUN", "The model: a run's folder or a checkpoint.")],
    rpm: Annotated[str | None, typer.Option(metavar="A:B:STEP|R,R", help=f"Speeds; default is {DEFAULT_RPM}.")] = None,
    load: Annotated[str | None, typer.Option(metavar="L,L", help=f"Loads, 0 to 1; default is {DEFAULT_LOADS}.")] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Which engine; every seed is another one.")] = 17,
    sample_rate: Annotated[int, typer.Option(metavar="HZ", help="Of the files.")] = 48000,
    strokes: Annotated[int, typer.Option(metavar="2|4", help="Of the engine's working cycle.")] = 4,
    out: Annotated[Path, options.path_option("FOLDER", "For the loops and loops.json.")] = Path("loops"),
) -> None:
    """Write loops of an engine at steady speeds and loads, for game engines and samplers.

    Each WAV (24 bits, with loop points) holds whole working cycles and joins its own beginning exactly: nothing is
    cross-faded. All are equally loud; loops.json has the engine's own level at each speed and load. A model without
    speeds, such as the paper's, gives one loop, by crossfade.
    """
    from wavegan_src.cli.exporting.loops import export_loops  # noqa: PLC0415

    check_format(sample_rate, strokes)
    export_loops(checkpoint, rpm, load, seed, sample_rate, 30.0 * strokes, out)


def check_format(sample_rate: int, strokes: int) -> None:
    """Check two options that all exports of sound have.

    Raises:
        UserError: a value that they cannot have.
    """
    if strokes not in (2, 4):
        raise UserError(f"--strokes {strokes}: give 2 or 4.")
    if sample_rate not in SAMPLE_RATES:
        raise UserError(f"--sample-rate {sample_rate}: give one of {', '.join(map(str, SAMPLE_RATES))}.")
