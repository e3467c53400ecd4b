"""What a sound follows: the engine's speed and load from frame to frame, as a batch's condition holds them."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.data.batch import END_POINTS, LOAD, LOAD_KNOWN, POINTS, SPEED, SPEED_KNOWN

INSIDE = slice(END_POINTS, -END_POINTS)
KNOWN = 0.999  # of a flag: less is between a known point and an unknown one, whose value is a mixture


class Course(NamedTuple):
    """Speed and load of sounds over time.

    speed: log2 of the working cycles per second, `(batch, frames)`. load: 0 to 1, `(batch, frames)`.
    """

    speed: Tensor
    load: Tensor

    def frames(self, first: int, last: int) -> "Course":
        """Frames `first` to `last`, both included; beyond the ends, the first and the last frame stand."""
        index = torch.arange(first, last + 1, device=self.speed.device).clamp(0, self.speed.shape[1] - 1)
        return Course(self.speed[:, index], self.load[:, index])


def over_frames(condition: Tensor, frames: int) -> Tensor:
    """A condition `(batch, rows, points)` at `frames` frames, the last at its end; known where both ends are.

    Points are evenly spaced from the beginning to the end of the sound.
    """
    if condition.shape[-1] == frames:
        return condition
    return F.interpolate(condition, size=frames, mode="linear", align_corners=True)


def middle(clips: Tensor, condition: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Clips `(batch, …, time)` and their conditions without their ends."""
    start = middle_start(clips.shape[-1])
    return clips[..., start : clips.shape[-1] - start], None if condition is None else middle_points(condition)


def middle_points(condition: Tensor) -> Tensor:
    """A condition at its points in the `middle` of clips, `(batch, rows, points)`."""
    return over_frames(condition, POINTS)[..., INSIDE]


def middle_start(time: int) -> int:
    """Where the `middle` of clips of `time` samples begins; it ends as long before their end."""
    return round(time * END_POINTS / (POINTS - 1))


def known_throughout(condition: Tensor) -> Tensor:
    """Whether the speed is known at all points of conditions `(batch, rows, points)`, `(batch,)`."""
    return condition[:, SPEED_KNOWN].min(1).values > KNOWN


def complete(condition: Tensor, drawn: Course) -> Course:
    """The course that a condition `(batch, rows, frames)` says, and where it says nothing, a drawn one."""
    speed = torch.where(condition[:, SPEED_KNOWN] > KNOWN, condition[:, SPEED], drawn.speed)
    load = torch.where(condition[:, LOAD_KNOWN] > KNOWN, condition[:, LOAD], drawn.load)
    return Course(speed, load)


def steadied(waves: Tensor, condition: Tensor) -> Tensor:
    """Waves `(batch, time)` played so that their engines turn evenly, at their mean speeds, by `(batch, rows, points)`.

    Those whose speed is not known throughout stay as they are.
    """
    time = waves.shape[-1]
    rates = torch.exp2(over_frames(condition[:, [SPEED]], time - 1)[:, 0].double())
    cycles = F.pad(rates.cumsum(1), (1, 0))
    evenly = torch.arange(time, device=waves.device) * (cycles[:, -1:] / (time - 1))
    after = torch.searchsorted(cycles, evenly.contiguous()).clamp(1, time - 1)
    last = torch.gather(cycles, 1, after - 1)
    share = ((evenly - last) / (torch.gather(cycles, 1, after) - last)).to(waves)
    left, right = torch.gather(waves, 1, after - 1), torch.gather(waves, 1, after)
    return torch.where(known_throughout(condition)[:, None], torch.lerp(left, right, share), waves)


def turned(condition: Tensor, shift: Tensor) -> Tensor:
    """The condition `(batch, rows, points)` of sounds shifted in a circle by shares `(batch,)` of their length."""
    points = condition.shape[-1]
    moments = torch.linspace(0, 1, points, device=condition.device)
    before = moments - shift[:, None]
    place = torch.where(before < 0, before + 1, before) * (points - 1)  # the end stays the end without a shift
    below = place.floor().long().clamp(0, points - 2)
    rows = condition.shape[1]
    left = torch.gather(condition, 2, below[:, None].expand(-1, rows, -1))
    right = torch.gather(condition, 2, (below + 1)[:, None].expand(-1, rows, -1))
    return torch.lerp(left, right, (place - below)[:, None])
