"""The labelled clips of a study: a folder of recordings for each class, split by recording."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavegan_src.config_schema import Config
from wavegan_src.data.recordings import choose_validation
from wavegan_src.dsp.arrays import Clips, Indices
from wavegan_src.evaluation.inputs.folder_sets import CLASS, check_folder, read_folder
from wavegan_src.evaluation.inputs.sets import ClipList
from wavegan_src.run.marker import Kind
from wavegan_src.run.own_folders import kind_of
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count, format_counts, printable
from wavegan_src.utils.progress import ProgressFactory

FEWEST_CLASSES = 2
FEWEST_RECORDINGS = 2  # of a class: one to train on, one to test on
FEWEST_CLIPS = 4  # of a class, to train on
ROUGH_RECORDINGS = 4  # of a class, to test on: fewer give intervals that are too narrow


@dataclass(frozen=True)
class LabelledClips:
    """Clips with their class and recording.

    Attributes:
        clips: (clips, time).
        labels: (clips,), index of the class.
        recordings: of each clip, unique over all classes.
    """

    clips: Clips
    labels: Indices
    recordings: Sequence[str]

    def __len__(self) -> int:
        return len(self.clips)


@dataclass(frozen=True)
class StudyData:
    """What a study is made of.

    Attributes:
        classes: their names, in order.
        training: clips that classifiers and generators may see.
        test: clips of other recordings.
        rate: samples per second.
        stand_in: whether all are procedural stand-in clips.
        notices: sentences for the reader.
    """

    classes: Sequence[str]
    training: LabelledClips
    test: LabelledClips
    rate: int
    stand_in: bool
    notices: Sequence[str]

    @property
    def fingerprint(self) -> str:
        """A hash of clips, classes and split."""
        digest = hashlib.blake2b("/".join(self.classes).encode("utf-8", "surrogateescape"), digest_size=16)
        for part in (self.training, self.test):
            digest.update(part.clips.tobytes())
            digest.update(part.labels.tobytes())
        return digest.hexdigest()


def read_classes(
    root: Path,
    config: Config,
    *,
    test_fraction: float,
    most_recordings: int | None,
    seed: int,
    out: Path,
    progress: ProgressFactory,
) -> StudyData:
    """Read a folder for each class and hold out whole recordings, copies of one take together.

    Args:
        root: a folder of folders, one for each class.
        config: format of the clips.
        test_fraction: share of the recordings of each class to test on.
        most_recordings: at most so many recordings of each class are trained on; None takes all.
        seed: of the split.
        out: the study's own folder, which is no class.
        progress: makes progress bars.

    Raises:
        UserError: fewer than two classes, or a class with too little in it.
    """
    sides: tuple[list[_Part], list[_Part]] = ([], [])
    notices: list[str] = []
    names = []
    folders = _class_folders(root, out)
    stand_in = True
    for label, folder in enumerate(folders):
        read = read_folder(folder, CLASS, config, progress)
        of_folder = [notice for notice in read.notices if "holds procedural stand-in data" not in notice]
        stand_in &= len(of_folder) < len(read.notices)
        notices += [notice for notice in of_folder if notice not in notices]
        if read.lost:
            notices.append(f"Left out of {folder}: {format_counts(read.lost)}.")
        name = printable(folder.name)
        names.append(name)
        for side, chosen in zip(sides, _split(name, read.clips, test_fraction, most_recordings, seed), strict=True):
            side.append(_Part(label, name, chosen))
    if stand_in:
        notices.append(f"{root} holds procedural stand-in data, no recordings: figures say nothing of real engines.")
    training, test = (_joined(side) for side in sides)
    fewest = min(Counter(label for label, _ in {*zip(test.labels, test.recordings, strict=True)}).values())
    if fewest < ROUGH_RECORDINGS:
        few = format_count(fewest, "test recording")
        notices.append(f"A class has {few}: intervals are rough, and too narrow. Add recordings.")
    return StudyData(names, training, test, config.audio.sample_rate, stand_in, notices)


@dataclass(frozen=True)
class _Part:
    """The clips of one class on one side."""

    label: int
    name: str
    clips: ClipList


def _class_folders(root: Path, out: Path) -> list[Path]:
    check_folder(root, "DATA")
    own = out.resolve()
    found = [
        path
        for path in sorted(root.iterdir())
        if path.is_dir()
        and not path.name.startswith(".")
        and path.resolve() != own
        and kind_of(path) not in (Kind.RUN, Kind.GENERATED, Kind.SAMPLES)
    ]
    if len(found) < FEWEST_CLASSES:
        there = f"only the folder {found[0].name}" if found else "no folder"
        raise UserError(
            f"DATA {root} holds {there}: a classifier needs two classes or more. Put the recordings of each class into "
            f"a folder of their own, {root / 'diesel'} and {root / 'petrol'}, say."
        )
    return found


def _split(name: str, clips: ClipList, fraction: float, most: int | None, seed: int) -> tuple[ClipList, ClipList]:
    recordings = sorted(set(clips.recordings))
    if len(recordings) < FEWEST_RECORDINGS:
        raise UserError(
            f"The class {name} has one recording, {recordings[0]}: at least {FEWEST_RECORDINGS} are needed, one to "
            "train on and one to test on, better 10. Copies of one take count as one."
        )
    held_out = choose_validation(recordings, fraction, seed)
    kept = [recording for recording in recordings if recording not in held_out]
    if most is not None and len(kept) > most:
        kept = sorted(choose_validation(kept, most / len(kept), seed))
    training = _of(clips, set(kept))
    if len(training) < FEWEST_CLIPS:
        raise UserError(
            f"The class {name} has {len(training)} clips to train on, of {len(kept)} recordings: at least "
            f"{FEWEST_CLIPS} are needed, better 50. Add recordings, or make the clips shorter with --seconds."
        )
    return training, _of(clips, held_out)


def _of(clips: ClipList, recordings: set[str]) -> ClipList:
    return clips.take(np.flatnonzero([recording in recordings for recording in clips.recordings]))


def _joined(parts: Sequence[_Part]) -> LabelledClips:
    return LabelledClips(
        np.concatenate([part.clips.clips for part in parts]),
        np.concatenate([np.full(len(part.clips), part.label, np.int64) for part in parts]),
        [f"{part.name}/{recording}" for part in parts for recording in part.clips.recordings],
    )
