"""The courses of a data set's clips: speed and load of each over time, from labels or else from order tracking.

They are measured once and kept beside the clips in the cache.
"""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan_src.data.batch import CONDITIONS, END_POINTS, LEVEL, LOAD, LOAD_KNOWN, POINTS, SPEED, SPEED_KNOWN
from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.speed.effort import efforts, levels_between
from wavegan_src.data.speed.labels import SpeedLabels, read_layout, read_speed_labels
from wavegan_src.data.speed.stored import blocks, store, stored
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.clips import FULL_SCALE
from wavegan_src.dsp.order_tracking.clip_speeds import track_clips
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import CONFIDENT, SHORTEST_SECONDS
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import Notify, ProgressFactory

COURSES_VERSION = 4
LEAST_CONFIDENT_SHARE = 0.5  # of a clip's points, so that its speed counts as known
AT_ONCE = 512  # clips tracked at once, so that few are in memory
MOST_IN_NOTICE = 10_000  # clips, evenly spread, whose speeds the notice is about
SLOWEST_RPM = 60.0  # a standing engine has no speed to follow
_FOUR_STROKE = EngineLayout(4)


def courses(
    clips: CachedClips, paths: Mapping[str, Path], rate: int, progress: ProgressFactory, notify: Notify, workers: int
) -> F32:
    """What the engines of all clips do, `(clips, CONDITIONS, POINTS)`, as a batch's condition holds it.

    Args:
        clips: the cached clips.
        paths: the file of each source; sources without one, such as synthetic clips, have no labels.
        rate: of the clips, in Hz.
        progress: shows the tracking, unless its result is in the cache.
        notify: receives a warning for each file of labels that cannot be used.
        workers: processes.
    """
    labels, layouts = _outside_knowledge(clips, paths, notify)
    path = clips.folder / f"courses-v{COURSES_VERSION}-{_key(labels, layouts)}.npy"
    shape = (len(clips.samples), CONDITIONS, POINTS)
    if (kept := stored(path, shape)) is not None:
        return kept
    found = np.zeros(shape, np.float32)
    labelled = _add_labels(found, clips, labels, layouts, rate)
    _add_tracked(found, clips, np.flatnonzero(~labelled), layouts, rate, progress, workers)
    _add_efforts(found, clips, rate)
    return store(path, found)


def course_notice(found: F32) -> str:
    """What is known of the clips' engines, in a sentence."""
    known = np.concatenate([part[:, SPEED_KNOWN].min(1) > 0 for part in blocks(found)])
    if not known.any():
        return "No clip's engine speed could be told, so the model will not follow a speed that is asked for."
    every = -(-int(known.sum()) // MOST_IN_NOTICE)
    rpm = np.exp2(found[np.flatnonzero(known)[::every], SPEED]) * _FOUR_STROKE.rpm_per_hertz
    low, high = np.quantile(rpm, (0.01, 0.99))
    return f"The engine's speed is known in {known.sum()} of {len(found)} clips: {low:.0f} to {high:.0f} rpm."


def _outside_knowledge(
    clips: CachedClips, paths: Mapping[str, Path], notify: Notify
) -> tuple[dict[str, SpeedLabels], dict[str, EngineLayout]]:
    """Labels and engines of the sources that have them."""
    labels: dict[str, SpeedLabels] = {}
    layouts: dict[str, EngineLayout] = {}
    refused: set[str] = set()
    for name in clips.index.sources:
        path = paths.get(name)
        if path is None:
            continue
        try:
            if (found := read_speed_labels(path)) is not None:
                labels[name] = found
        except UserError as error:
            refused.add(f"Warning: {error}")
        try:
            if (layout := read_layout(path.parent)) is not None:
                layouts[name] = layout
        except UserError as error:
            refused.add(f"Warning: {error}")
    for line in sorted(refused):
        notify(line)
    return labels, layouts


def _add_labels(
    found: F32,
    clips: CachedClips,
    labels: Mapping[str, SpeedLabels],
    layouts: Mapping[str, EngineLayout],
    rate: int,
) -> NDArray[np.bool_]:
    """Put what labels say of the clips; which clips come from a recording that has some, `(clips,)`."""
    times = np.linspace(0, clips.samples.shape[1] / rate, POINTS)
    labelled = np.zeros(len(found), np.bool_)
    for run in clips.index.runs():
        name = clips.index.sources[clips.index.clip_source[run.start]]
        if name not in labels:
            continue
        labelled[run] = True
        for index in range(run.start, run.stop):
            at = times + clips.index.offsets[index]
            rpm = labels[name].at(at)
            if not np.isfinite(rpm).all() or rpm.min() < SLOWEST_RPM:
                continue
            found[index, SPEED] = np.log2(rpm / layouts.get(name, _FOUR_STROKE).rpm_per_hertz)
            found[index, SPEED_KNOWN] = 1
            if len(labels[name].load):
                found[index, LOAD] = np.clip(np.interp(at, labels[name].times, labels[name].load), 0, 1)
                found[index, LOAD_KNOWN] = 1
    return labelled


def _add_tracked(
    found: F32,
    clips: CachedClips,
    rows: NDArray[np.intp],
    layouts: Mapping[str, EngineLayout],
    rate: int,
    progress: ProgressFactory,
    workers: int,
) -> None:
    """Put the speeds that are heard in the clips of these rows, where they are heard with confidence."""
    seconds = clips.samples.shape[1] / rate
    if seconds < SHORTEST_SECONDS or not len(rows):
        return
    times = np.linspace(0, seconds, POINTS)
    with progress("Tracking engine speeds", len(rows)) as advance:
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            sound = clips.samples[part] * np.float32(1 / FULL_SCALE)
            engines = [layouts.get(clips.index.sources[clips.index.clip_source[row]]) for row in part]
            tracked = track_clips(sound, rate, engines, workers, advance)
            for row, speed, confidence in zip(part, tracked.cycle_hz, tracked.confidence, strict=True):
                sure = confidence >= CONFIDENT
                if sure.mean() >= LEAST_CONFIDENT_SHARE:
                    found[row, SPEED] = np.interp(times, tracked.times[sure], np.log2(speed[sure]))
                    found[row, SPEED_KNOWN] = 1


def _add_efforts(found: F32, clips: CachedClips, rate: int) -> None:
    """Put the levels and, where no load is labelled but the speed known, the effort, recording by recording."""
    apart_s = clips.samples.shape[1] / rate / (POINTS - 1)
    for run in clips.index.runs():
        levels = _levels(clips, run)
        found[run, LEVEL] = levels * (math.log(10) / 20)
        chosen = np.flatnonzero((found[run, SPEED_KNOWN, 0] > 0) & (found[run, LOAD_KNOWN, 0] == 0))
        if not len(chosen):
            continue
        rows = run.start + chosen
        found[rows, LOAD] = efforts(levels[chosen], found[rows, SPEED].astype(np.float64), apart_s, END_POINTS)
        found[rows, LOAD_KNOWN] = 1


def _levels(clips: CachedClips, run: slice) -> Floats:
    """The levels of these clips at their points before they were brought to one level, in dB, `(clips, POINTS)`."""
    time, count = clips.samples.shape[1], run.stop - run.start
    window = max(1, time // (POINTS - 1))
    starts = np.linspace(0, time - window, POINTS).astype(np.int64)
    found = np.empty((count, POINTS))
    for index in range(count):
        samples = clips.samples[run.start + index].astype(np.float64) / FULL_SCALE
        found[index] = levels_between(samples, starts, starts + window)
    return np.asarray(found - 20 * np.log10(clips.index.gains[run])[:, None])


def _key(labels: Mapping[str, SpeedLabels], layouts: Mapping[str, EngineLayout]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(labels):
        digest.update(name.encode())
        for column in (labels[name].times, labels[name].rpm, labels[name].load):
            digest.update(column.tobytes())
    for name in sorted(layouts):
        digest.update(f"{name}={layouts[name]}".encode())
    return digest.hexdigest()
