"""The size of a data set, estimated from the headers of its files: what `--dry-run` shows without decoding."""

from collections import Counter
from dataclasses import dataclass, field

from wavegan_src.config_schema import Config
from wavegan_src.data.recordings import Recording, choose_validation
from wavegan_src.data.sources import folder_source
from wavegan_src.data.split.folders import TEST
from wavegan_src.data.windows import WindowSpec


@dataclass(frozen=True)
class Survey:
    """Size of a data set. The numbers of clips are estimates: silence is found only by decoding.

    hours: length of all readable recordings. problems: one line per file that cannot be read; dropped counts them.
    notices: what was found but not taken as recordings.
    cache_bytes: disk space for the decoded clips.
    """

    procedural: bool
    files: int
    recordings: int
    validation_recordings: int
    hours: float
    train_clips: int
    validation_clips: int
    cache_bytes: int
    decision: str
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def survey(config: Config) -> Survey:
    """Survey the configured data set without decoding it.

    Raises:
        UserError: as `open_dataset` does for a folder without audio.
    """
    if config.dataset.source == "procedural":
        return _survey_procedural(config)
    source = folder_source(config.dataset, config.audio)
    spec = WindowSpec.of(config.audio, config.dataset)
    used = [recording for recording in source.grouping.recordings if recording.split != TEST]
    clips = {recording.name: _count(recording, spec) for recording in used}
    if source.grouping.split_by_folder:
        kept = {recording.name for recording in used if recording.split == "validation"}
    else:
        usable = [name for name, count in clips.items() if count]
        kept = choose_validation(usable, config.dataset.validation_fraction, config.training.seed)
    validation = sum(clips[name] for name in kept)
    total = sum(clips.values())
    return Survey(
        procedural=source.stand_in,
        files=len(source.files),
        recordings=len(clips),
        validation_recordings=len(kept),
        hours=sum(file.header.seconds for file in source.good_files() if file.header) / 3600,
        train_clips=total - validation,
        validation_clips=validation,
        cache_bytes=2 * spec.length * total,
        decision=source.grouping.decision,
        problems=source.problems(),
        notices=source.notices,
        dropped=source.unreadable_counts(),
    )


def _survey_procedural(config: Config) -> Survey:
    count, fraction = config.dataset.procedural_clips, config.dataset.validation_fraction
    kept = len(choose_validation([str(index) for index in range(count)], fraction, config.training.seed))
    return Survey(
        procedural=True,
        files=0,
        recordings=0,
        validation_recordings=0,
        hours=count * config.audio.audio_length_seconds / 3600,
        train_clips=count - kept,
        validation_clips=kept,
        cache_bytes=2 * config.audio.audio_length_samples * count,
        decision=f"Procedural stand-in data: {count} synthetic clips, no recordings.",
    )


def _count(recording: Recording, spec: WindowSpec) -> int:
    return sum(spec.estimate(file.header) for file in recording.files if file.header)
