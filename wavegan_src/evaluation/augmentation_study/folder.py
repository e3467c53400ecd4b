"""The folder of a study: its settings, generators and finished trials, from which a killed study goes on."""

import json
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.evaluation.augmentation_study.arms import Trial
from wavegan_src.evaluation.augmentation_study.classes import LabelledClips, StudyData
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import (
    hold_lock,
    make_own_folder,
    remove_partials,
    write_bytes_atomically,
    write_text_atomically,
)
from wavegan_src.utils.reading import read_json, read_typed

SETTINGS_NAME = "study.json"
CURE = "choose another with --out"
STAND_IN_NAME = "procedural_stand_in_"  # by which clips that were never recorded are known


@dataclass(frozen=True)
class Settings:
    """What must stay the same for finished work to count; ratios and seeds may be added.

    Attributes:
        data: hash of the clips, their classes and their split.
        generator: hash of the generators' configuration.
        generator_steps: of each.
        minutes: the time from which these steps were found; None if they were given.
        classifier_steps: of each.
        seed: of everything.
        version: of how trials are made.
    """

    data: str
    generator: str
    generator_steps: int
    minutes: float | None
    classifier_steps: int
    seed: int
    version: int


VERSION = 1
_WORDS = {
    "data": "other clips, classes or a split",
    "generator": "another configuration of the generators",
    "generator_steps": "other --steps",
    "minutes": "other --minutes",
    "classifier_steps": "other --classifier-steps",
    "seed": "another --seed",
    "version": "another version of this program",
}


class StudyFolder:
    """Paths and files below the study's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self) -> None:
        """Make the folders.

        Raises:
            UserError: they cannot be made.
        """
        with os_errors_as_user_errors(self.root, what="the folder", cure=CURE):
            for name in ("training", "generators", "trials"):
                make_own_folder(self.root, name)
            remove_partials(self.root, held=False)

    def lock(self) -> AbstractContextManager[object]:
        """Keep other processes out until the `with` ends."""
        return hold_lock(self.root / ".lock", f"Another process works on the study in {self.root}: wait, or {CURE}.")

    def earlier(self) -> Settings | None:
        """The settings of the study that was begun here; None if there is none.

        Raises:
            UserError: there are settings that cannot be read.
        """
        path = self.root / SETTINGS_NAME
        if not path.exists():
            return None
        try:
            return read_typed(path, Settings)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} is damaged: delete {self.root}, or {CURE}.") from error

    def keep(self, settings: Settings) -> None:
        """Write the settings, or make sure that they are those of the study that was begun here.

        Raises:
            UserError: they are others.
        """
        before = self.earlier()
        if before is None:
            text = json.dumps(asdict(settings), indent=2) + "\n"
            write_text_atomically(self.root / SETTINGS_NAME, text)
            return
        theirs, ours = asdict(before), asdict(settings)
        changed = [_WORDS[name] for name in ours if ours[name] != theirs[name]]
        if changed:
            raise UserError(f"{self.root} holds a study with {' and '.join(changed)}: {CURE}, or delete it.")

    def generator(self, name: str) -> Path:
        """The folder of the run that trains the generator of a class."""
        return self.root / "generators" / name

    def is_trained(self, name: str) -> bool:
        """Whether that run has ended."""
        return self._trained(name).exists()

    def note_trained(self, name: str) -> None:
        """Note that it has ended."""
        write_text_atomically(self._trained(name), "The generator of this class is trained.\n")

    def _trained(self, name: str) -> Path:
        return self.root / "generators" / f"{name}.trained"

    def write_training(self, data: StudyData, label: int) -> Path:
        """Write the training clips of a class, a folder for each recording; returns the folder of the class."""
        folder = make_own_folder(self.root / "training", data.classes[label])
        for number, (recording, samples) in enumerate(_clips_of(data.training, label)):
            name = f"{STAND_IN_NAME if data.stand_in else ''}{number:05d}.wav"
            path = make_own_folder(folder, f"recording_{recording:04d}") / name
            if not path.exists():
                write_bytes_atomically(path, wav_bytes(samples, data.rate))
        return folder

    def predictions(self, trial: Trial, clips: int, classes: int) -> NDArray[np.int64] | None:
        """What a finished trial predicted, (clips,); None if it is not finished, or its file is damaged."""
        try:
            found = read_json(self._trial(trial))["predicted"]
            predicted = np.array(found, np.int64)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        usable = predicted.shape == (clips,) and bool(((predicted >= 0) & (predicted < classes)).all())
        return predicted if usable else None

    def keep_predictions(self, trial: Trial, predicted: NDArray[np.int64]) -> None:
        """Note that a trial is finished."""
        write_bytes_atomically(self._trial(trial), json.dumps({"predicted": predicted.tolist()}).encode())

    def _trial(self, trial: Trial) -> Path:
        return self.root / "trials" / f"{trial.name}.json"


def _clips_of(training: LabelledClips, label: int) -> list[tuple[int, NDArray[np.float32]]]:
    """Of each clip of a class, the number of its recording, and its samples."""
    own = np.flatnonzero(training.labels == label).tolist()
    numbers = {name: number for number, name in enumerate(dict.fromkeys(training.recordings[clip] for clip in own))}
    return [(numbers[training.recordings[clip]], training.clips[clip]) for clip in own]
