"""The options of `listening-test`. Imports nothing heavy, like `app.py`."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli.options import path_argument, path_option


def listening_test(
    paths: Annotated[
        list[Path],
        path_argument("REAL GENERATED...", "A folder of real clips, then folders of generated ones."),
    ],
    analyse: Annotated[
        bool, typer.Option("--analyse", help="The paths are files of answers: print and plot what they say.")
    ] = False,
    out: Annotated[Path, path_option("FOLDER", "For the page, or for the results.")] = Path("listening_test"),
    trials: Annotated[int, typer.Option(metavar="N", min=0, max=50, help="Rating trials.")] = 8,
    abx: Annotated[int, typer.Option(metavar="N", min=0, max=50, help="ABX trials for each generated set.")] = 8,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed draws the same test.")] = 0,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The page's title.")] = "Which engine is real?",
    sample_rate: Annotated[
        int, typer.Option(metavar="HZ", min=8000, max=48000, help="Rate of the clips in the page.")
    ] = 22050,
    seconds: Annotated[float, typer.Option(metavar="S", min=0.5, max=10, help="Length of the clips.")] = 2.0,
) -> None:
    """Write a blind listening test as one page, or analyse its answers.

    Listeners rate sounds from 0 to 100 (like MUSHRA: a hidden recording, a 3.5 kHz low-pass, shaped noise and the
    generated clips, all at one loudness), then say whether X is of the kind of A or of B. The page needs no network.

    [b]Then:[/b] listening-test --analyse answers/*.json
    """
    from wavegan_src.cli.judging import listening  # noqa: PLC0415

    listening.run(listening.Request(paths, analyse, out, trials, abx, seed, title, sample_rate, seconds))
