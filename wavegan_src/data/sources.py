"""The sources of clips: a folder of recordings or the synthesiser of stand-in data, both through the cache."""

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from wavegan_src.config_schema import AudioConfig, Config, DatasetConfig
from wavegan_src.data.clips.cache import CachedClips, cache_key, open_or_build
from wavegan_src.data.content_hash import hash_files
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.decoding.findings import findings, notices, too_faint
from wavegan_src.data.decoding.problems import count_unreadable, unreadable_lines
from wavegan_src.data.encoding import EncodedClips, Encoder
from wavegan_src.data.recordings import AudioFile, Grouping, folder_fault, group
from wavegan_src.data.split.finding import find_recordings
from wavegan_src.data.windows import WindowSpec
from wavegan_src.run.own_folders import OwnFolders
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.format import format_counts
from wavegan_src.utils.parallel import ordered_map, stoppable
from wavegan_src.utils.paths import user_path
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import ProgressFactory

# How recordings were read before these could be chosen.
AS_BEFORE: dict[str, Any] = {"high_pass_hz": 0.0, "channels": "mix"}


@dataclass(frozen=True)
class FolderSource:
    """A folder of recordings, known from the headers of its files.

    notices: what was left out of the search. stand_in: whether all of it is procedural stand-in data, no recordings.
    """

    root: Path
    files: list[AudioFile]
    grouping: Grouping
    notices: list[str] = field(default_factory=list)
    stand_in: bool = False

    def good_files(self) -> list[AudioFile]:
        """The files that can be read and are not held out as a test set, in order."""
        test = self.grouping.in_test()
        return [file for file in self.files if file.header is not None and file.name not in test]

    def problems(self) -> list[str]:
        """One line per file that cannot be read."""
        return unreadable_lines(self.grouping.unreadable)

    def unreadable_counts(self) -> Counter[str]:
        """How many files cannot be read, by reason."""
        return count_unreadable(self.grouping.unreadable)


def folder_source(dataset: DatasetConfig, audio: AudioConfig) -> FolderSource:
    """Read the headers of the files in dataset.base_path.

    Raises:
        UserError: it does not exist, is not a folder, cannot be read, or has no audio file that can be read.
    """
    root = data_folder(dataset)
    own = OwnFolders(root, dataset.folder_rules)
    found = find_recordings(root, own)
    if not found.files:
        left_out = " ".join([*found.notices, "To use such a folder, name it itself."]) if found.notices else ""
        raise UserError(f"There is no audio file in {root} (dataset.base_path). {left_out or _three_ways()}")
    grouping = group(found.files, dataset.recording_unit, audio.audio_length_seconds, root, dataset.folder_rules)
    if not grouping.recordings:
        counts = format_counts(count_unreadable(grouping.unreadable))
        raise UserError(
            f"None of the {len(found.files)} files in {root} (dataset.base_path) can be read ({counts}). "
            f"{_three_ways()}"
        )
    return FolderSource(root, found.files, grouping, found.notices, found.stand_in)


def data_folder(dataset: DatasetConfig) -> Path:
    """The folder of recordings.

    Raises:
        UserError: it does not exist, is not a folder or cannot be read.
    """
    root = user_path(dataset.base_path)
    fault = folder_fault(root)
    if fault is not None:
        raise UserError(f"The data set folder {root} (dataset.base_path) {fault}. {_three_ways()}")
    return root


def _three_ways() -> str:
    return (
        "Point dataset.base_path or --data at your recordings, or make a data set of raw recordings with "
        f"`{program()} prepare RAW`, or try the program with `--config config_test`, which synthesises procedural "
        "stand-in data."
    )


def open_folder(source: FolderSource, config: Config, progress: ProgressFactory) -> CachedClips:
    """The clips of a folder of recordings."""
    spec = WindowSpec.of(config.audio, config.dataset)
    encoder = Encoder.of(spec, config.audio)
    files = source.good_files()
    root = cache_root(config.dataset.cache_dir)
    workers = config.training.num_workers
    tree = hashlib.blake2b(os.fsencode(source.root.resolve()), digest_size=8).hexdigest()
    hashes = hash_files(files, root / "hashes" / f"{tree}.json", workers)
    key = cache_key(zip((file.name for file in files), hashes, strict=True), clip_parameters(encoder, config.audio))
    seconds = sum(file.header.seconds for file in files if file.header)
    sizes = [2 * spec.length * spec.estimate(file.header) for file in files if file.header]
    # While the cache is built, a long recording waits in a temporary file.
    need = sum(sizes) + sum(sorted(sizes)[-max(1, 2 * workers) :])

    def produce(part: Path) -> Iterator[EncodedClips]:
        with progress("Reading recordings", seconds) as advance:
            stop = threading.Event()
            reported = stoppable(advance, stop)

            def encode(file: AudioFile) -> EncodedClips:
                return encoder.encode_file(file, part, reported)

            yield from ordered_map(encode, files, workers, dispose=EncodedClips.close, stop=stop)

    return open_or_build(root, key, spec.length, need, produce)


def found_in(clips: CachedClips, audio: AudioConfig, dataset: DatasetConfig) -> list[str]:
    """What was found in the recordings behind cached clips and done about it, in sentences; only what is remarkable."""
    index = clips.index
    known = ((name, SourceFacts.of(index.facts(source))) for source, name in enumerate(index.sources))
    facts = {name: fact for name, fact in known if fact is not None}
    useful = {index.sources[source] for source in index.used_sources()}
    lines = findings(facts, audio.sample_rate, audio.high_pass_hz)
    return notices([*lines, too_faint(facts, useful, dataset.silence_threshold_db)])


def open_procedural(config: Config, progress: ProgressFactory) -> CachedClips:
    """The clips of the synthesiser."""
    # Imported late: most runs read recordings.
    from wavegan_src.data.synth.engine_set import SYNTH_VERSION, iter_set  # noqa: PLC0415

    spec = replace(WindowSpec.of(config.audio, config.dataset), **AS_BEFORE)  # they have one channel and no rumble
    encoder = Encoder.of(spec, config.audio)
    count, seed = config.dataset.procedural_clips, config.training.seed
    workers = max(1, config.training.num_workers)  # one means this process
    parameters = {**clip_parameters(encoder, config.audio), "synth": SYNTH_VERSION, "count": count, "seed": seed}

    def produce(part: Path) -> Iterator[EncodedClips]:
        with progress("Synthesising stand-in data", count) as advance:
            seconds = config.audio.audio_length_seconds
            for name, samples, _ in iter_set(count, seed, spec.sample_rate, seconds, workers):
                yield encoder.encode_synthetic(name, samples, part)
                advance(1)

    root = cache_root(config.dataset.cache_dir)
    return open_or_build(root, cache_key([], parameters), spec.length, 2 * spec.length * count, produce)


def clip_parameters(encoder: Encoder, audio: AudioConfig) -> dict[str, Any]:
    """Everything besides the contents that the cached clips depend on."""
    spec = asdict(encoder.spec)
    for name, before in AS_BEFORE.items():  # so that the clips of older runs keep their key
        if spec[name] == before:
            del spec[name]
    return {
        **spec,
        "normalization": audio.normalization,
        "taper_ms": audio.taper_ms,
    }
