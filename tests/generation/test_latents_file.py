from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wavegan_src.generation.latents_file import npy_bytes, read_latents, write_new_latents
from wavegan_src.utils.errors import UserError

GOOD = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_real_type_and_order_is_read(tmp_path: Path, kind: str, order: str) -> None:
    np.save(tmp_path / "z.npy", np.array(GOOD, dtype=kind, order=order))  # type: ignore[call-overload]
    np.testing.assert_array_equal(np.asarray(read_latents(tmp_path / "z.npy", 4), dtype=np.float32), GOOD)


def spoilt(value: float, kind: str = "f4") -> bytes:
    values: NDArray[Any] = GOOD.astype(kind)
    values[2, 1] = value
    return npy_bytes(values)


def npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, z=GOOD)


def objects(path: Path) -> None:
    np.save(path, np.array([{}, []], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy_bytes(GOOD[:, :3]), r"shape \(3, 3\): give \(clips, 4\)"),
        (npy_bytes(GOOD[0]), r"single vector of shape \(4,\): .*z\[None\]"),
        (npy_bytes(GOOD[None]), r"shape \(1, 3, 4\)"),
        (npy_bytes(GOOD[:0]), "holds no latent vectors"),
        (npy_bytes(GOOD.astype(np.int32)), r"type int32: .*astype\(np.float32\)"),
        (npy_bytes(GOOD.astype(complex)), "type complex128"),
        (spoilt(np.nan), "NaN or infinity in row 2"),
        (spoilt(-np.inf), "NaN or infinity in row 2"),
        (spoilt(1e300, "f8"), "NaN or infinity in row 2"),
        (b"0.1 0.2\n", r"not a \.npy file"),
        (b"", r"not a \.npy file"),
        (npz, r"\.npz archive"),
        (objects, "Python objects"),
    ],
)
def test_what_does_not_fit_is_told_with_the_way_out(
    tmp_path: Path, content: bytes | Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "z.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    with pytest.raises(UserError, match=message) as told:
        read_latents(path, 4)
    assert "\n" not in str(told.value)
    assert str(told.value).endswith(".")


@given(st.integers(0, len(npy_bytes(GOOD)) - 1))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "z.npy"
    path.write_bytes(npy_bytes(GOOD)[:length])
    with pytest.raises(UserError, match=r"not a \.npy file|cut short"):
        read_latents(path, 4)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.npy", tmp_path):
        with pytest.raises(UserError, match="There is no file"):
            read_latents(path, 4)


def test_edited_latents_are_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "z.npy"
    write_new_latents(path, GOOD)
    write_new_latents(path, GOOD)  # the same again
    np.testing.assert_array_equal(np.load(path), GOOD)
    np.save(path, 2 * GOOD)
    with pytest.raises(UserError, match="rename or delete it"):
        write_new_latents(path, GOOD)
    np.testing.assert_array_equal(np.load(path), 2 * GOOD)
