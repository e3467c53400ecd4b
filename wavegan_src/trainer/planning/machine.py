"""What this machine has: memory, GPU memory and disk space, in all and free now."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

# Where Linux says how much memory a container may use: control groups of version 2, then of version 1.
LIMIT_FILES = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Room:
    """Bytes of one kind of storage, in all and free now."""

    total: int
    free: int


@dataclass(frozen=True)
class Disk(Room):
    """The file system that a folder is on, or will be on; `device` is the same for all its folders."""

    device: int


def memory_room(device: torch.device) -> Room:
    """The memory that a device computes in: a GPU's own, else the machine's, swap included.

    A container's limit counts as the machine's memory.
    """
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return Room(total, free)
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    total, free = memory.total + swap.total, memory.available + swap.free
    limit = container_limit()
    return Room(total, free) if limit is None else Room(min(total, limit), min(free, limit))


def container_limit(files: tuple[Path, ...] = LIMIT_FILES) -> int | None:
    """The limit on this container's memory, in bytes; None if there is none."""
    for path in files:
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        return int(text) if text.isdigit() else None  # "max" means none
    return None


def disk_room(folder: Path) -> Disk | None:
    """The disk of a folder, which need not exist yet; None if the system does not say."""
    path = folder.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        usage = shutil.disk_usage(path)
        return Disk(usage.total, usage.free, path.stat().st_dev)
    except OSError:
        return None
