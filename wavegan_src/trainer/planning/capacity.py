"""Whether a planned run fits this machine: what it needs against what there is, and the way out if it does not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import Estimate, estimate
from wavegan_src.trainer.planning.machine import Disk, Room, disk_room, memory_room
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.format import format_size
from wavegan_src.utils.progress import Notify

# Estimates of memory are within about 15 % (`models/`): above that a run cannot work, below it may be tight.
TOLERANCE = 1.15
COMFORT = 0.8  # share of the memory that advised sizes may take: other programs need some


@dataclass(frozen=True)
class Finding:
    """One way in which the machine is too small.

    Attributes:
        fatal: whether the run cannot work, rather than might not.
        text: the figures and the way out, a sentence or two.
    """

    fatal: bool
    text: str


def judge_memory(
    config: Config, training_clips: int, device: torch.device, room: Callable[[torch.device], Room] = memory_room
) -> list[Finding]:
    """Compare the memory that training needs with what the device has; at most one finding."""
    planned, has = estimate(config, training_clips, device), room(device)
    where = "the GPU" if device.type == "cuda" else "this machine"
    needs = f"This run needs about {format_size(planned.memory_bytes)} of memory"
    if planned.memory_bytes > TOLERANCE * has.total:
        cure = _smaller(config, training_clips, device, has.total)
        return [Finding(True, f"{needs}, but {where} has {format_size(has.total)}: {cure}.")]
    if planned.memory_bytes > has.free:
        text = f"{needs}, and {where} has {format_size(has.free)} free: close other programs, or "
        return [Finding(False, f"{text}{_smaller(config, training_clips, device, has.free)}.")]
    return []


def check_memory(
    config: Config,
    training_clips: int,
    device: torch.device,
    warn: Notify,
    room: Callable[[torch.device], Room] = memory_room,
) -> None:
    """Warn if training may run out of memory.

    Raises:
        UserError: it needs more than the device has.
    """
    for finding in judge_memory(config, training_clips, device, room):
        if finding.fatal:
            raise UserError(finding.text)
        warn(finding.text)


def judge_disk(
    config: Config,
    planned: Estimate,
    cache_bytes: int,
    written_bytes: int = 0,
    room: Callable[[Path], Disk | None] = disk_room,
) -> list[Finding]:
    """Compare the disk space that a run needs with what there is.

    Args:
        config: what to train.
        planned: its estimate.
        cache_bytes: size of the decoded clips, which may be in the cache already.
        written_bytes: what the run has written so far, if it resumes.
        room: the disk of a folder.
    """
    return list(_short_disks(config, max(0, planned.disk_bytes - written_bytes), cache_bytes, room))


def _short_disks(
    config: Config, run_bytes: int, cache_bytes: int, room: Callable[[Path], Disk | None]
) -> Iterator[Finding]:
    folder, cache = Path(config.output.output_dir), cache_root(config.dataset.cache_dir)
    disk, cache_disk = room(folder), room(cache)
    if disk is not None and run_bytes > disk.free:
        yield Finding(
            True,
            f"The run's files need about {format_size(run_bytes)}, but the disk of {folder} has "
            f"{format_size(disk.free)} free: free some space, choose another --output-dir, or write less with fewer "
            "--epochs or a higher output.checkpoint_interval_epochs.",
        )
    if cache_disk is None:
        return
    beside = run_bytes if disk is not None and disk.device == cache_disk.device and run_bytes <= disk.free else 0
    if cache_bytes > cache_disk.free - beside:
        yield Finding(
            cache_bytes > cache_disk.total,  # else they may be there already
            f"The decoded clips need about {format_size(cache_bytes)}, but the disk of {cache} has "
            f"{format_size(cache_disk.free - beside)} free"
            + (" beside the run's files" if beside else "")
            + ": set dataset.cache_dir to a folder on another disk.",
        )


def _smaller(config: Config, training_clips: int, device: torch.device, room_bytes: int) -> str:
    """What to change so that the run fits in that much memory, in a clause."""
    room = COMFORT * room_bytes

    def fits(**changes: Any) -> bool:
        return estimate(_with(config, **changes), training_clips, device).memory_bytes <= room

    batch = min(config.training.batch_size, training_clips)
    spec = spec_of(config.model.architecture)
    parts = _halved(batch, 1)
    size = next((size for size in _halved(batch, spec.fewest_clips) if fits(batch_size=size)), None)
    ways = [] if size is None else [f"use --batch-size {size}"]
    if "training.micro_batch_size" in spec.keys:
        part = next((part for part in parts if fits(micro_batch_size=part)), None)
        if part is not None:
            ways.append(f"keep the batch and set training.micro_batch_size to {part}")
    if ways:
        return ", or ".join(ways)
    for width in _halved(config.model.model_dim, 1):
        if fits(model_dim=width):
            return f"use a smaller model.model_dim, such as {width}"
        if fits(model_dim=width, batch_size=max(spec.fewest_clips, min(batch, 8))):
            return f"use a smaller model.model_dim, such as {width}, with --batch-size {min(batch, 8)}"
    return "use shorter clips (audio.audio_length_seconds), or a machine with more memory"


def _halved(size: int, smallest: int) -> Iterator[int]:
    """Half the size, a quarter, and so on, rounded down to powers of two."""
    power = 1 << max(0, (size - 1).bit_length() - 1)
    while power >= max(1, smallest) and power < size:
        yield power
        power //= 2


def _with(config: Config, **changes: Any) -> Config:
    """A copy with other values of `training` or `model`."""
    model = {name: value for name, value in changes.items() if name in type(config.model).model_fields}
    training = {name: value for name, value in changes.items() if name not in model}
    return config.model_copy(
        update={
            "model": config.model.model_copy(update=model),
            "training": config.training.model_copy(update=training),
        }
    )
