"""`drive`: its options and their help. Imports nothing heavy: `drive.py` does the work."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options
from wavegan_src.utils.errors import UserError

DEFAULT_RPM, DEFAULT_SECONDS = "800:6000", 8.0
DEFAULT_FOLDER = Path("drive")
DEFAULT_SEED, LIKE_AMONG = 17, 100
MOST_SEEDS = 100


def drive(
    checkpoint: Annotated[
        str, options.name_option("NAME|FILE|RUN", "A model that follows speed: a run's folder or a checkpoint.")
    ],
    rpm: Annotated[
        str | None, typer.Option(metavar="R|A:B", help=f"Speed, or a ramp from A to B; default is {DEFAULT_RPM}.")
    ] = None,
    load: Annotated[
        str | None, typer.Option(metavar="L|A:B", help="Load, 0 to 1, or a ramp; by default as in the recordings.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help=f"Length; default is {DEFAULT_SECONDS:g}, at most 36000.")
    ] = None,
    curve: Annotated[
        Path | None, options.path_option("FILE", "Drive this table instead: time_s, rpm and, if you like, load.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help=f"Which engine; every seed is another. Default is {DEFAULT_SEED}.")
    ] = None,
    like: Annotated[
        Path | None,
        options.path_option("RECORDING", f"The engine, of {LIKE_AMONG}, that sounds most like this recording."),
    ] = None,
    count: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_SEEDS, help="Several engines: seed, seed + 1 ...")
    ] = 1,
    strokes: Annotated[int, typer.Option(metavar="2|4", help="Of the engines' working cycle.")] = 4,
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or mps.")] = "auto",
    out: Annotated[Path, options.path_option("FOLDER", "For the sounds, curves and pictures.")] = DEFAULT_FOLDER,
) -> None:
    """Drive an engine: sound for a speed and a load that change over time.

    Each engine's sound is written as WAV, with its curve as CSV and a picture of its spectrogram with the wanted
    orders drawn in. The model must have learnt speeds: train it with --config config_fast. Each seed is another engine,
    as the recordings had them; --like finds the one that you recorded.
    """
    from wavegan_src.cli.making.drive import Engines, drive_engines  # noqa: PLC0415
    from wavegan_src.generation.driving.curve import parse_range, read_curve, sweep  # noqa: PLC0415
    from wavegan_src.generation.request import check_seeds  # noqa: PLC0415

    if curve is not None and (rpm is not None or load is not None or seconds is not None):
        raise UserError("--curve has speed, load and length: leave --rpm, --load and --seconds out.")
    if like is not None and (seed is not None or count != 1):
        raise UserError("--like chooses one seed: leave --seed and --count out.")
    if strokes not in (2, 4):
        raise UserError(f"--strokes {strokes}: give 2 or 4.")
    first = DEFAULT_SEED if seed is None else seed
    check_seeds(first, first + count - 1)
    if curve is not None:
        wanted = read_curve(curve)
    else:
        loads = None if load is None else parse_range("--load", load, "0.2:1")
        speeds = parse_range("--rpm", DEFAULT_RPM if rpm is None else rpm)
        wanted = sweep(speeds, loads, DEFAULT_SECONDS if seconds is None else seconds)
    engines = Engines(range(first, first + count)) if like is None else Engines(range(LIKE_AMONG), like)
    drive_engines(checkpoint, wanted, engines, rpm_per_hertz=30.0 * strokes, device=device, out=out)
