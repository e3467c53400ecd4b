"""Courses in the cache: kept beside the clips, mapped, and read block by block: each clip has 820 bytes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wavegan_src.dsp.arrays import F32
from wavegan_src.utils.files import write_atomically
from wavegan_src.utils.reading import open_regular

BLOCK_CLIPS = 4096
LARGEST_READ = 16 << 20  # bytes that are held in memory; more is mapped


def stored(path: Path, shape: tuple[int, ...]) -> F32 | None:
    """The courses of this file, mapped; None if it has none of this shape."""
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        with open_regular(path):  # pipes and devices would never end
            found = np.load(path, mmap_mode="r" if path.stat().st_size > LARGEST_READ else None, allow_pickle=False)
        courses: F32 = np.asanyarray(found, np.float32)
        if courses.shape == shape and all(np.isfinite(part).all() for part in blocks(courses)):
            return courses
    return None


def store(path: Path, courses: F32) -> F32:
    """Keep courses; returns them mapped, or as they are if they cannot be kept."""
    with contextlib.suppress(OSError):  # they can be measured again
        write_atomically(path, lambda file: np.save(file, courses, allow_pickle=False))
        found = stored(path, courses.shape)
        return courses if found is None else found
    return courses


def blocks(courses: F32) -> Iterator[F32]:
    """All courses in order, a few at a time; of mapped ones the file is read, so that its pages take no memory."""
    if not isinstance(courses, np.memmap) or courses.filename is None:
        for start in range(0, len(courses), BLOCK_CLIPS):
            yield courses[start : start + BLOCK_CLIPS]
        return
    each = int(np.prod(courses.shape[1:]))
    with open_regular(Path(courses.filename)) as file:
        file.seek(courses.offset)
        for start in range(0, len(courses), BLOCK_CLIPS):
            count = min(BLOCK_CLIPS, len(courses) - start)
            yield np.fromfile(file, np.float32, count * each).reshape(count, *courses.shape[1:])
