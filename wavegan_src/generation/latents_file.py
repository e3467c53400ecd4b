"""Read and write latent vectors as `.npy` files, which users may edit."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_bytes_atomically

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK"
CHECKED_ROWS = 4096  # rows checked at a time for NaN and infinity


def read_latents(path: Path, latent_dim: int) -> NDArray[Any]:
    """Map latent vectors `(clips, latent_dim)` from a file, in the floating-point type in which they were saved.

    Raises:
        UserError: the file is missing, cut short or not a `.npy` file, has another shape or type or no rows, or has a
            value that is not finite in float32.
    """
    values = _open(path)
    check_latents(values, latent_dim, str(path))
    return values


def check_latents(values: NDArray[Any], latent_dim: int, name: str) -> None:
    """Check that an array holds latent vectors `(clips, latent_dim)` of finite real numbers.

    Args:
        values: any floating-point type; checked in portions, as it may be a mapped file.
        latent_dim: the model's.
        name: the array's name at the start of a sentence.

    Raises:
        UserError: it has another shape or type, no rows, or a value that is not finite in float32.
    """
    if values.dtype.kind != "f":
        raise UserError(
            f"{name} holds values of type {values.dtype}: save real numbers, for example with "
            "np.save(FILE, latents.astype(np.float32))."
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
            raise UserError(f"{name} holds NaN or infinity in row {row}: remove or replace it.")


def write_new_latents(path: Path, latents: NDArray[np.float32]) -> None:
    """Save latent vectors `(clips, latent_dim)` as `.npy`; a file with the same content is left alone.

    Raises:
        UserError: a file with other content exists, which somebody may have edited.
    """
    content = npy_bytes(latents)
    if not path.exists():
        write_bytes_atomically(path, content)
    elif not path.is_file() or path.read_bytes() != content:
        raise UserError(f"{path} already exists with other content: rename or delete it, then save again.")


def npy_bytes(values: NDArray[np.float32]) -> bytes:
    """The bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _open(path: Path) -> NDArray[Any]:
    """Map the array of a `.npy` file; nothing in it is executed."""
    cure = "give a .npy file, as written by np.save(FILE, latents) or --save-latents"
    if not path.is_file():
        raise UserError(f"There is no file {path}: {cure}.")
    with path.open("rb") as file:
        start = file.read(len(NPY_MAGIC))
    if start != NPY_MAGIC:
        kind = "an .npz archive or another zip file" if start.startswith(ZIP_MAGIC) else "not a .npy file"
        raise UserError(f"{path} is {kind}: {cure}.")
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except PermissionError:
        raise
    except Exception as error:  # a cut or forged header makes NumPy raise anything
        raise UserError(f"{path} is cut short, or holds Python objects instead of numbers: {cure}.") from error
