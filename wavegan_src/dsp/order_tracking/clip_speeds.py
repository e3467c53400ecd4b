"""The working-cycle frequency of every clip of a set over time: for conditioning a model, and for measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import F32, Clips, Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import SpeedTrack, track
from wavegan_src.utils.parallel import map_items

_Item = tuple[F32, int, EngineLayout | None]


@dataclass(frozen=True)
class ClipSpeeds:
    """The speeds of clips of equal length.

    Attributes:
        times: of the frames, in s from the start of a clip, (frames,), every 50 ms.
        cycle_hz: working cycles per second, (clips, frames): rpm / 120 of a four-stroke engine, rpm / 60 of a
            two-stroke one.
        confidence: from 0 to 1, (clips, frames): that the engine is heard, times the probability of the layout.
        layouts: the engine of each clip, as given or else the most probable one.
    """

    times: Floats
    cycle_hz: F32
    confidence: F32
    layouts: tuple[EngineLayout, ...]

    @property
    def firing_hz(self) -> F32:
        """Firings per second of all cylinders, (clips, frames)."""
        return self.cycle_hz * np.array([[layout.cylinders] for layout in self.layouts], dtype=np.float32)


def track_clips(
    clips: Clips,
    sample_rate: int,
    layouts: EngineLayout | Sequence[EngineLayout | None] | None = None,
    workers: int | None = 1,
    progress: Callable[[int], None] | None = None,
) -> ClipSpeeds:
    """Track the engine speed in clips `(clips, time)` of any level. The result depends on the clips alone.

    Args:
        clips: half a second or longer.
        sample_rate: in Hz.
        layouts: the engine of all clips, or of each; None where it is not known.
        workers: processes; None for one on each core.
        progress: called with the number of clips done.

    Raises:
        UserError: clips are shorter than half a second or have samples that are not finite.
        ValueError: there are not as many layouts as clips.
    """
    each = [layouts] * len(clips) if layouts is None or isinstance(layouts, EngineLayout) else list(layouts)
    items = [(clip, sample_rate, layout) for clip, layout in zip(clips, each, strict=True)]
    found = map_items(_track, items, workers, progress)
    frames = len(found[0].times) if found else 0
    return ClipSpeeds(
        found[0].times if found else np.empty(0),
        np.array([one.cycle_hz for one in found], dtype=np.float32).reshape(len(found), frames),
        np.array([one.confidence for one in found], dtype=np.float32).reshape(len(found), frames),
        tuple(one.readings[0].layout for one in found),
    )


def _track(item: _Item) -> SpeedTrack:
    return track(*item)
