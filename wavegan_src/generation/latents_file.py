"""Latent vectors in a `.npy` file that people open, edit and give back."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_bytes_atomically

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK"
CHECKED_ROWS = 4096  # looked at together for values that are no numbers


def read_latents(path: Path, latent_dim: int) -> NDArray[Any]:
    """Latent vectors `(clips, latent_dim)` of a file, of the floating type they were saved in, read as they are used.

    Raises:
        UserError: no such file, no `.npy` file, cut short, another shape or type, no rows, or a value that is no finite
            number in float32.
    """
    values = _open(path)
    check_latents(values, latent_dim, str(path))
    return values


def check_latents(values: NDArray[Any], latent_dim: int, name: str) -> None:
    """Make sure that an array holds latent vectors `(clips, latent_dim)` of finite real numbers.

    Args:
        values: any floating type; looked at in portions, as it may be a mapped file.
        latent_dim: of the model.
        name: of the array, to begin a sentence with.

    Raises:
        UserError: another shape or type, no rows, or a value that is no finite number in float32.
    """
    if values.dtype.kind != "f":
        raise UserError(
            f"{name} holds values of the type {values.dtype}: save real numbers, as "
            "np.save(FILE, latents.astype(np.float32)) does."
        )
    wanted = f"give (clips, {latent_dim}), as this model has {latent_dim} latent dimensions"
    if values.shape == (latent_dim,):
        raise UserError(f"{name} holds a single vector of shape {values.shape}: {wanted}; z[None] makes one row of it.")
    if values.ndim != 2 or values.shape[1] != latent_dim:
        raise UserError(f"{name} holds an array of shape {values.shape}: {wanted}.")
    if not len(values):
        raise UserError(f"{name} holds no latent vectors: save at least one row.")
    for start in range(0, len(values), CHECKED_ROWS):
        with np.errstate(over="ignore"):  # beyond float32 counts as infinite
            rows = np.asarray(values[start : start + CHECKED_ROWS], dtype=np.float32)
        if not np.isfinite(rows).all():
            row = start + int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
            raise UserError(f"{name} holds NaN or infinity in row {row}: leave out or replace what is no number.")


def write_new_latents(path: Path, latents: NDArray[np.float32]) -> None:
    """Save latent vectors `(clips, latent_dim)` as `.npy`; a file with the same content is left as it is.

    Raises:
        UserError: a file with other content is there, which somebody may have edited.
    """
    content = npy_bytes(latents)
    if not path.exists():
        write_bytes_atomically(path, content)
    elif not path.is_file() or path.read_bytes() != content:
        raise UserError(f"{path} is there already and holds something else: rename or delete it, then save again.")


def npy_bytes(values: NDArray[np.float32]) -> bytes:
    """A `.npy` file as bytes."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _open(path: Path) -> NDArray[Any]:
    """Map the array of a `.npy` file; nothing in it is executed."""
    cure = "give a .npy file, as np.save(FILE, latents) or --save-latents writes it"
    if not path.is_file():
        raise UserError(f"There is no file {path}: {cure}.")
    with path.open("rb") as file:
        start = file.read(len(NPY_MAGIC))
    if start != NPY_MAGIC:
        kind = "an .npz archive or another zip file" if start.startswith(ZIP_MAGIC) else "no .npy file"
        raise UserError(f"{path} is {kind}: {cure}.")
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except PermissionError:
        raise
    except Exception as error:  # whatever a cut or forged header makes NumPy raise
        raise UserError(f"{path} is cut short, or holds Python objects and not numbers: {cure}.") from error
