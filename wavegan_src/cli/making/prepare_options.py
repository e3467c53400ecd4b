"""`prepare` and `join`: their options and their help. Imports nothing heavy: `data.py` does the work."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options


def prepare(
    raw: Annotated[Path, options.path_argument("RAW", "Folder tree of recordings, in any common format.")],
    out: Annotated[
        Path | None,
        options.path_argument("OUT", "Folder for the clips; default is the config's dataset.base_path."),
    ] = None,
    config: Annotated[
        str,
        options.name_option("NAME|FILE", "Preset or file with clip format and split."),
    ] = "config",
    overlap: Annotated[
        float, typer.Option(metavar="X", min=0, max=0.95, help="Share by which consecutive clips overlap.")
    ] = 0.0,
    workers: options.Workers = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the split (config: training.seed).")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Prepare OUT again if it was prepared with other settings.")
    ] = False,
    part: Annotated[
        str | None, typer.Option(metavar="K/N", help="Only the Kth of N parts of the recordings; `join` joins them.")
    ] = None,
) -> None:
    """Cut recordings into clips ready to train on: 2 s, 22050 Hz, mono, 16-bit WAV, split by recording.

    Writes OUT/train, OUT/validation and OUT/manifest.csv (source, offset, level, clipping, why dropped). After an
    interruption, run it again: it resumes where it stopped.
    """
    from wavegan_src.cli.making import data as data_commands  # noqa: PLC0415
    from wavegan_src.config_loader import load_config  # noqa: PLC0415

    loaded = load_config(config, {"training.seed": seed})
    data_commands.prepare(loaded, raw, out, overlap, workers, overwrite, config, part)


def join(
    raw: Annotated[Path, options.path_argument("RAW", "Folder tree of recordings that the parts were made from.")],
    out: Annotated[Path, options.path_argument("OUT", "Folder for the clips of all parts.")],
    parts: Annotated[list[Path], options.path_argument("PART...", "Folders of all parts, in any order.")],
    config: Annotated[str, options.name_option("NAME|FILE", "Preset or file, as for the parts.")] = "config",
    overlap: Annotated[float, typer.Option(metavar="X", min=0, max=0.95, help="As for the parts.")] = 0.0,
    workers: options.Workers = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="As for the parts.")] = None,
) -> None:
    """Join what several calls of `prepare --part` made into the folder that one `prepare` would have made.

    Copies are searched for in all parts together. The recordings are read to compare their contents, not decoded again.
    """
    from wavegan_src.cli.making import data as data_commands  # noqa: PLC0415
    from wavegan_src.config_loader import load_config  # noqa: PLC0415

    loaded = load_config(config, {"training.seed": seed})
    data_commands.prepare(loaded, raw, out, overlap, workers, False, config, join=parts)
