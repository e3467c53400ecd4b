"""The data set for training: clips in a memory-mapped file, the split, and the batch of each step."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch, Engines, batch_indices, paired_indices
from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.clips.index import Texts
from wavegan_src.data.clips.shards import Shards
from wavegan_src.data.decoding.problems import warn_about_files
from wavegan_src.data.recordings import choose_validation
from wavegan_src.data.sources import FolderSource, folder_source, found_in, open_folder, open_procedural
from wavegan_src.data.speed.labels import engines_notice, engines_of
from wavegan_src.data.speed.stored import blocks
from wavegan_src.data.split.copies import (
    Pair,
    across,
    group_names,
    grouping_notice,
    leak_notice,
    pairs_in_cache,
    track_pairs,
)
from wavegan_src.data.split.folders import VALIDATION
from wavegan_src.data.whitening import Whitening, load_or_measure, whiten_batch
from wavegan_src.dsp.clips import F32, FULL_SCALE
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_counts
from wavegan_src.utils.parallel import ordered_map
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.progress import Notify, ProgressFactory, ignore, no_progress

_SILENCE_CURE = (
    "Check the files, or relax dataset.silence_threshold_db and dataset.short_clips, or set dataset.base_path "
    "or --data to other recordings."
)


class ClipDataset:
    """Clips of equal length with their split into training and validation.

    samples: int16 `(clips, time)`, memory-mapped; levels in [-1, 1] times 32767 (see `clips.to_int16`).
    train, validation: clip indices, ascending. sources: where each clip comes from. recordings: of each clip. Names
    are made when they are asked for, as there may be millions of clips. fingerprint: hash of content, parameters and
    split. procedural: whether it is synthetic stand-in data.
    whitening: the filter that `batch` applies, or None. dropped: number of windows or files by reason.
    courses: speed and load of each clip, `(clips, CONDITIONS, points)`, if the architecture learns from them. Then
    engines say which sources are of one engine, whose clips come in pairs; none if nobody named any.
    """

    def __init__(
        self,
        clips: CachedClips,
        train: NDArray[np.int64],
        validation: NDArray[np.int64],
        *,
        procedural: bool,
        recordings: Sequence[str],
        dropped: Counter[str],
        whitening: Whitening | None = None,
        courses: F32 | None = None,
        engines: Sequence[str] = (),
    ) -> None:
        self._clips = clips
        self.samples: Shards = clips.samples
        self.train = train
        self.validation = validation
        self.procedural = procedural
        self.whitening = whitening
        self.courses = courses
        index = clips.index
        self._engines = None
        if engines:
            numbers: dict[str, int] = {}
            of_source = np.array([numbers.setdefault(engine, len(numbers)) for engine in engines])
            self._engines = Engines(of_source[index.clip_source[train]])
        self._recording_of = recordings
        self.recordings: Sequence[str] = Texts(len(index), lambda clip: recordings[index.clip_source[clip]])
        self.recording_count = self._count_recordings(slice(None))
        self.dropped = dropped
        self.sources: Sequence[str] = index.names(with_offsets=not procedural or bool(index.offsets.any()))
        digest = hashlib.blake2b(clips.key.encode(), digest_size=16)
        for part in (train.data, b"|", validation.data, b"whitened" * (whitening is not None)):
            digest.update(part)
        for block in blocks(courses) if courses is not None else ():
            digest.update(block.data)
        if self._engines is not None:
            digest.update(self._engines.engine_of.data)
        self.fingerprint = digest.hexdigest()

    def batch(self, indices: Sequence[int] | NDArray[np.int64]) -> torch.Tensor:
        """Clips by index: float32 `(batch, 1, time)` on the CPU, whitened if the data set is."""
        rows = self.samples.take(np.asarray(indices, np.int64))
        clips = torch.from_numpy(rows).to(torch.float32).mul_(1.0 / FULL_SCALE).unsqueeze(1)
        return whiten_batch(clips, self.whitening) if self.whitening is not None else clips

    def audible(self, indices: Sequence[int] | NDArray[np.int64]) -> torch.Tensor:
        """Clips as a listener hears them: float32 `(clips, time)` on the CPU.

        If the data set is whitened, they are whitened and inverted again, like generated clips, so that the levels
        and peaks of both are comparable.
        """
        clips = self.batch(indices)
        return (self.whitening.invert(clips) if self.whitening is not None else clips).squeeze(1)

    @property
    def validation_recordings(self) -> int:
        """How many recordings are held out for validation."""
        return self._count_recordings(self.validation)

    def spread(self, count: int) -> Batch:
        """At most `count` training clips, evenly spread over the set."""
        if not count:
            return Batch(torch.empty(0, 1, self.samples.shape[1]))
        every = max(1, len(self.train) // count)
        return self._with_courses(np.arange(len(self.train))[::every][:count])

    def find_leaks(self, rate: int, progress: ProgressFactory) -> list[Pair]:
        """Files with sound that the other side of the split has too, those of validation first; none if synthetic.

        Args:
            rate: of the clips, in Hz.
            progress: shows the search, unless its result is in the cache.
        """
        if self.procedural or not len(self.validation):
            return []
        index = self._clips.index
        held_out = {
            index.sources[source]: held
            for held, clips in ((False, self.train), (True, self.validation))
            for source in index.used_sources(clips)
        }
        return across(pairs_in_cache(self._clips, rate, progress), held_out)

    def use_whitening(self, whitening: Whitening | None) -> None:
        """Apply this filter from now on: a resumed run keeps the filter of its checkpoint.

        The fingerprint does not change: it depends on whether the data set is whitened, not on the filter.
        """
        self.whitening = whitening

    def batches(
        self,
        first_step: int,
        last_step: int,
        batch_size: int,
        seed: int,
        workers: int,
        pinned: bool = False,
        group: Group = ALONE,
    ) -> Iterator[Batch]:
        """Training batches of the steps from `first_step` up to, but not including, `last_step`.

        Each has `batch_size` clips and depends only on the seed and the step. `workers` threads prefetch a few of
        them; with 0, each is fetched when requested. `pinned` copies them, in those threads, to page-locked memory,
        which a GPU reads directly. Of several processes, each reads only its share.
        """
        share = group.share(batch_size)

        def fetch(step: int) -> Batch:
            if self._engines is None:
                places = batch_indices(step, batch_size, len(self.train), seed)
            else:
                places = paired_indices(step, batch_size, self._engines, seed)
            batch = replace(self._with_courses(places, share.rows), part=share)
            return batch.pin_memory() if pinned else batch

        return ordered_map(fetch, range(first_step, last_step), workers)

    def _with_courses(self, places: NDArray[np.int64], rows: slice = slice(None)) -> Batch:
        """Some of the training clips at these places in `train`, with what is known of them."""
        indices = self.train[places[rows]]
        courses = None if self.courses is None else torch.from_numpy(self.courses[indices])
        engines = None if self._engines is None else torch.from_numpy(self._engines.engine_of[places])
        return Batch(self.batch(indices), courses, engines=engines)

    def _count_recordings(self, clips: NDArray[np.int64] | slice) -> int:
        return len({self._recording_of[source] for source in self._clips.index.used_sources(clips)})


def open_dataset(config: Config, progress: ProgressFactory | None = None, notify: Notify = ignore) -> ClipDataset:
    """Open the configured data set; the first time, decode its recordings into the cache.

    Args:
        config: sections audio and dataset, training.seed and training.num_workers are used.
        progress: shows the progress of decoding.
        notify: receives notices and warnings, one line each.

    Raises:
        UserError: there is no folder, no usable audio or no room on the disk.
    """
    bar = progress or no_progress
    if config.dataset.source == "procedural":
        return _open_synthetic(config, bar, notify)
    return _open_recordings(config, bar, notify)


def _open_synthetic(config: Config, progress: ProgressFactory, notify: Notify) -> ClipDataset:
    clips = open_procedural(config, progress)
    _report_overload(clips, notify)
    dropped = Counter(clips.index.summary.dropped)
    if not len(clips.index):
        raise UserError(f"None of the procedural clips is usable ({format_counts(dropped)}). {_SILENCE_CURE}")
    names = list(clips.index.sources)
    used = [names[source] for source in clips.index.used_sources()]
    kept = choose_validation(used, config.dataset.validation_fraction, config.training.seed)
    held = np.array([name in kept for name in names])[clips.index.clip_source]
    notify(f"Procedural stand-in data: {len(clips.index)} synthetic clips, no recordings.")
    followed = _courses(config, clips, {}, progress, notify)
    return _finish(config, clips, held, followed, procedural=True, recordings=names, dropped=dropped)


def _open_recordings(config: Config, progress: ProgressFactory, notify: Notify) -> ClipDataset:
    source = folder_source(config.dataset, config.audio)
    for notice in [*source.notices, source.grouping.decision]:
        notify(notice)
    if source.stand_in:
        notify(f"{source.root} holds procedural stand-in clips, no recordings.")
    clips = open_folder(source, config, progress)
    dropped = Counter(clips.index.summary.dropped) + source.unreadable_counts()
    warn_about_files([*source.problems(), *clips.index.summary.problems], notify)
    _report_overload(clips, notify)
    for line in found_in(clips, config.audio, config.dataset):
        notify(line)
    if not len(clips.index):
        raise UserError(
            f"No usable audio in {source.root} (dataset.base_path): none of its {len(source.files)} files gave a clip "
            f"({format_counts(dropped)}). {_SILENCE_CURE}"
        )
    split = _split(source, clips, config, progress)
    if bool(split.held.all()):
        raise UserError(
            f"All usable clips in {source.root} are in its validation folder. Put recordings into its train folder, "
            "or set dataset.base_path to a folder without such sub-folders."
        )
    if split.notice:
        notify(split.notice)
    paths = {file.name: file.path for file in source.files}
    followed = _courses(config, clips, paths, progress, notify)
    engines: list[str] = []
    if followed is not None and not source.stand_in:
        trained = clips.index.used_sources(np.flatnonzero(~split.held)).tolist()
        engines = engines_of(clips.index.sources, paths, split.recordings, trained)
        if said := engines_notice(engines, split.recordings, trained):
            notify(said)
    return _finish(
        config,
        clips,
        split.held,
        followed,
        procedural=source.stand_in,
        recordings=split.recordings,
        dropped=dropped,
        engines=engines,
    )


def _courses(
    config: Config, clips: CachedClips, paths: Mapping[str, Path], progress: ProgressFactory, notify: Notify
) -> F32 | None:
    """The clips' courses, if the architecture learns from them."""
    if not spec_of(config.model.architecture).conditions:
        return None
    from wavegan_src.data.speed.courses import course_notice, courses  # noqa: PLC0415  (loads much of SciPy)

    found = courses(clips, paths, config.audio.sample_rate, progress, notify, config.training.num_workers)
    notify(course_notice(found))
    return found


@dataclass(frozen=True)
class _Split:
    """Per clip, whether it is held out for validation; per source, its recording; what copies mean.

    Copies of one take count as one recording, or validation would seem to know more than it does.
    """

    held: NDArray[np.bool_]
    recordings: list[str]
    notice: str | None


def _split(source: FolderSource, clips: CachedClips, config: Config, progress: ProgressFactory) -> _Split:
    recording_of = {file.name: recording for recording in source.grouping.recordings for file in recording.files}
    all_of = [recording_of[name] for name in clips.index.sources]
    used = [all_of[index] for index in clips.index.used_sources()]
    recordings = {recording.name: recording for recording in used}
    pairs = []
    if config.dataset.copies == "together" and len(recordings) > 1:
        pairs = track_pairs(source.good_files()) + pairs_in_cache(clips, config.audio.sample_rate, progress)
    if source.grouping.split_by_folder:
        kept = {recording.name for recording in used if recording.split == VALIDATION}
        held_out = {file.name: recording.name in kept for recording in used for file in recording.files}
        leaks = leak_notice(across(pairs, held_out), "validation", "training")
        notice = None if leaks is None else f"Warning: {leaks}"
        within = [pair for pair in pairs if held_out.get(pair.first) == held_out.get(pair.second)]
        groups = group_names(recordings.values(), within)
    else:
        # Only recordings that gave clips count, so that a silent one does not leave validation empty.
        groups = group_names(recordings.values(), pairs)
        chosen = choose_validation(groups.values(), config.dataset.validation_fraction, config.training.seed)
        kept = {name for name, group in groups.items() if group in chosen}
        notice = grouping_notice(groups)
    held = np.array([recording.name in kept for recording in all_of], dtype=np.bool_)
    names = [groups.get(recording.name, recording.name) for recording in all_of]  # a silent one has no group
    return _Split(held[clips.index.clip_source], names, notice)


def _finish(
    config: Config,
    clips: CachedClips,
    held: NDArray[np.bool_],
    followed: F32 | None,
    *,
    procedural: bool,
    recordings: Sequence[str],
    dropped: Counter[str],
    engines: Sequence[str] = (),
) -> ClipDataset:
    train = np.flatnonzero(~held).astype(np.int64)
    validation = np.flatnonzero(held).astype(np.int64)
    whitening = load_or_measure(clips, train, config.training.seed) if config.dataset.spectral_whitening else None
    return ClipDataset(
        clips,
        train,
        validation,
        procedural=procedural,
        recordings=recordings,
        dropped=dropped,
        whitening=whitening,
        courses=followed,
        engines=engines,
    )


def _report_overload(clips: CachedClips, notify: Notify) -> None:
    if clips.index.summary.overloaded:
        count = clips.index.summary.overloaded
        notify(f'{count} clips exceed full scale and were clipped to it, because audio.normalization is "none".')
