"""`export weights` and `export onnx`: their options and their help. Imports nothing heavy before they run."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli import options

MOST_VECTORS = 10_000
_Model = Annotated[str, options.name_option("NAME|FILE|RUN", "A trained model: a run's folder or a checkpoint.")]


def weights(
    checkpoint: _Model,
    seed: Annotated[int, typer.Option(metavar="N", help="The first latent vector.")] = 0,
    count: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_VECTORS, help="Latent vectors: of seed, seed + 1 ...")
    ] = 48,
    out: Annotated[Path, options.path_option("FOLDER", "For weights, latent vectors and model.json.")] = Path(
        "weights"
    ),
) -> None:
    """Write a model's weights for programs in other languages.

    weights.safetensors has every weight, model.json the sizes and constants beside them, latents.safetensors the
    latent vectors of seeds, which other programs cannot draw alike. A model that follows speed gets a renderer in C
    with it. docs/formats.md describes them.
    """
    from wavegan_src.cli.exporting.formats import export_weights  # noqa: PLC0415

    export_weights(checkpoint, range(seed, seed + count), out)


def onnx(
    checkpoint: _Model,
    out: Annotated[Path, options.path_option("FILE", "The graph.")] = Path("model.onnx"),
) -> None:
    """Write a model's network as an ONNX graph.

    Of the paper's network it makes waveforms of latent vectors; of a model that follows speed it makes, of latent
    vector, speed and load, all that docs/formats.md turns into sound. Needs the package onnx.
    """
    from wavegan_src.cli.exporting.formats import export_onnx  # noqa: PLC0415

    export_onnx(checkpoint, out)
