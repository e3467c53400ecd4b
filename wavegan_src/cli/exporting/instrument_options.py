"""`export instrument`: its options and their help. Imports nothing heavy."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options

DEFAULT_PAGE = Path("engine.html")
MOST_ENGINES = 400


def instrument(
    checkpoint: Annotated[
        str, options.name_option("NAME|FILE|RUN", "A model that follows speed: a run's folder or a checkpoint.")
    ],
    seed: Annotated[int, typer.Option(metavar="N", help="The first engine on the map.")] = 0,
    engines: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_ENGINES, help="Engines on the map: seed, seed + 1 ...")
    ] = 48,
    strokes: Annotated[int, typer.Option(metavar="2|4", help="Of the engines' working cycle.")] = 4,
    out: Annotated[Path, options.path_option("FILE", "The page.")] = DEFAULT_PAGE,
) -> None:
    """Write one page on which one drives the model's engines in a browser.

    It has a throttle, a gearbox and a car, a map of engines to pick and mix, a live spectrogram and recording to WAV,
    and works from the file without a network. The model must have learnt speeds: train it with --config config_fast.
    """
    from wavegan_src.cli.exporting.instrument import write_instrument  # noqa: PLC0415

    write_instrument(checkpoint, range(seed, seed + engines), strokes, out)
