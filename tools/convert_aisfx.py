"""Make the weights of aiSFX that come with the program from its published wheel.

    pip download --no-deps aisfx==0.1.2
    python -m tools.convert_aisfx aisfx-0.1.2-py2.py3-none-any.whl

Only the embedding network is kept, not its nine classifiers. Batch normalisation is folded into the convolutions, and
the result rounded to float16.
"""

import io
import zipfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.cli.console import exit_with_status
from wavegan_src.evaluation.measures.networks.aisfx import WEIGHTS
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_bytes_atomically

CHECKPOINT = "aisfx/models/checkpoint.pth"
LAYERS = [(block, layer) for block in (1, 2, 3, 4) for layer in (1, 2)]
EPSILON = 1e-5  # of PyTorch's batch normalisation


def main(
    wheel: Annotated[Path, typer.Argument(help="aisfx-0.1.2-py2.py3-none-any.whl")],
    out: Annotated[Path, typer.Option(help="The file to write")] = WEIGHTS,
) -> None:
    """Convert the weights and print how large they are."""
    content = io.BytesIO()
    folded: dict[str, Any] = fold(read_weights(wheel))
    np.savez_compressed(content, **folded)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(out, content.getvalue())
    print(f"{out}: {len(content.getvalue()):,} bytes")


def read_weights(wheel: Path) -> dict[str, Tensor]:
    """The checkpoint inside the wheel.

    Raises:
        UserError: the file is no such wheel.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            stored = io.BytesIO(archive.read(CHECKPOINT))
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(f"{wheel}: not the wheel of aisfx 0.1.2. Get it with: pip download aisfx==0.1.2") from error
    # Beside the weights it holds counts of classes as NumPy integers, which have to be allowed by name.
    plain: list[Any] = [(np._core.multiarray.scalar, "numpy.core.multiarray.scalar"), np.dtype, np.dtypes.Int64DType]  # type: ignore[attr-defined]
    with torch.serialization.safe_globals(plain):
        weights, _classes = torch.load(stored, map_location="cpu", weights_only=True)
    return dict(weights)


def fold(weights: dict[str, Tensor]) -> dict[str, NDArray[np.float16]]:
    """The eight convolutions with their batch normalisation folded in: `0/weight`, `0/bias`, `1/weight` and so on."""
    arrays = {}
    for number, (block, layer) in enumerate(LAYERS):
        norm = {
            name: weights[f"embedding_net.conv_block{block}.bn{layer}.{name}"].double()
            for name in ("weight", "bias", "running_mean", "running_var")
        }
        scale = norm["weight"] / torch.sqrt(norm["running_var"] + EPSILON)
        kernel = weights[f"embedding_net.conv_block{block}.conv{layer}.weight"].double()
        arrays[f"{number}/weight"] = (kernel * scale[:, None, None, None]).numpy().astype(np.float16)
        arrays[f"{number}/bias"] = (norm["bias"] - norm["running_mean"] * scale).numpy().astype(np.float16)
    return arrays


if __name__ == "__main__":
    exit_with_status(lambda: typer.run(main))
