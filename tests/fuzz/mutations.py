"""Ways to spoil bytes, numbers, names and nested values."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from tests.fuzz.base import Random

ODD_TEXTS = (
    "", " ", "nan", "inf", "-inf", "1e400", "9" * 400, "-1", "0", "1.5", "0,5", "true", "None", "é", "\udcff", "=1+1",
    "x" * 300, "a\nb", "\0", "../..", "/", "~nosuchuser/x", "C:\\x",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, float("inf"), float("nan"), -0.5, 1e-320,
    [], {}, [[]], {"a": {}}, [1, 2], "x", *ODD_TEXTS,
)  # fmt: skip


EXTREMES = (b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x80")


def spoil_bytes(data: bytes, random: Random) -> bytes:
    """Cut, flip, repeat, insert or replace some bytes."""
    content = bytearray(data)
    for _ in range(int(random.integers(1, 6))):
        at, length = int(random.integers(len(content) + 1)), int(random.integers(1, 64))
        match int(random.integers(5)):
            case 0:
                content = content[:at]
            case 1:
                content[at : at + length] = b""
            case 2:
                content[at:at] = random.bytes(length)
            case 3:
                content[at : at + 4] = EXTREMES[int(random.integers(len(EXTREMES)))]
            case _:
                content[at : at + 1] = random.bytes(1)
    return bytes(content)


def spoil_head(data: bytes, random: Random, length: int = 64) -> bytes:
    """Spoil the first bytes, where headers are; the length stays."""
    head = bytearray(data[:length])
    for _ in range(int(random.integers(1, 5))):
        head[int(random.integers(len(head)))] = (0, 1, 127, 128, 255, int(random.integers(256)))[
            int(random.integers(6))
        ]
    return bytes(head) + data[length:]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values in nested dictionaries and lists, inner nodes too."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from leaves(inner, (*path, key))


def spoil_values(value: Any, random: Random, most: int = 2) -> None:
    """Replace, remove or retype some values of nested dictionaries and lists, in place."""
    for _ in range(int(random.integers(1, most + 1))):
        places = list(leaves(value))
        if not places:
            return
        *above, last = places[int(random.integers(len(places)))]
        holder = value
        for key in above:
            holder = holder[key]
        if random.random() < 0.15:
            del holder[last]
        elif isinstance(holder[last], torch.Tensor) and random.random() < 0.5:
            holder[last] = odd_tensor(holder[last], random)
        else:
            holder[last] = ODD_VALUES[int(random.integers(len(ODD_VALUES)))]


def odd_tensor(tensor: torch.Tensor, random: Random) -> torch.Tensor:
    """A tensor of another type or shape, or with NaN."""
    match int(random.integers(5)):
        case 0:
            return tensor.to(torch.int64)
        case 1:
            return tensor.to(torch.float64)
        case 2:
            return tensor.reshape(-1)
        case 3:
            return torch.full_like(tensor, float("nan")) if tensor.is_floating_point() else tensor.bool()
        case _:
            return torch.zeros(0)


def put_in_the_way(path: Path, random: Random) -> None:
    """Replace a file or folder by something of another kind."""
    import os
    import shutil

    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    match int(random.integers(6)):
        case 0:
            path.mkdir()
        case 1:
            path.symlink_to(path.name)
        case 2:
            os.mkfifo(path)
        case 3:
            path.symlink_to("/dev/zero")
        case 4:
            path.write_bytes(b"")
        case _:
            path.symlink_to("/nowhere/at/all")
