"""Files of answers: read, checked, and unsealed into one list of scores and one of choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wavegan_src.evaluation.listening.page import FORMAT, Seal, open_seal
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.reading import read_regular

LARGEST_BYTES = 10_000_000
Score = Annotated[int, Field(ge=0, le=100)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RatingAnswer(_Part):
    """The scores of one trial by the sound's key, the order on the page, and how long it took."""

    trial: int
    order: list[str]
    scores: dict[str, Score]
    seconds: float


class AbxAnswer(_Part):
    """The choice in one ABX trial."""

    trial: int
    answer: Literal["A", "B"]
    seconds: float


class Answers(_Part):
    """One listener's file, as the page saves it."""

    format: Literal[1]
    test: str
    title: str
    listener: str
    started: str
    ended: str
    ratings: list[RatingAnswer]
    abx: list[AbxAnswer]
    sealed: str


@dataclass(frozen=True)
class Rating:
    """One score: who, in which trial, of which condition, from 0 to 100."""

    listener: str
    trial: int
    condition: str
    clip: str
    score: int


@dataclass(frozen=True)
class Choice:
    """One ABX answer: who, about which set, and whether it is right."""

    listener: str
    trial: int
    system: str
    right: bool


@dataclass(frozen=True)
class Collected:
    """The answers of all listeners of one test."""

    title: str
    conditions: tuple[str, ...]
    ratings: tuple[Rating, ...]
    choices: tuple[Choice, ...]

    @property
    def listeners(self) -> list[str]:
        """In the order of their files."""
        names = [rating.listener for rating in self.ratings] + [choice.listener for choice in self.choices]
        return list(dict.fromkeys(names))


def read_answers(paths: Sequence[Path]) -> Collected:
    """Read the files of all listeners.

    Two files of one name count as two listeners where their times differ, and once where they are copies.

    Raises:
        UserError: a file is missing, is no file of answers, or is of another test than the first.
    """
    files: list[tuple[Path, Answers]] = []
    for path in paths:
        found = _read(path)
        if files and found.test != files[0][1].test:
            raise UserError(
                f"{path} is of another test than {files[0][0]} ({found.title!r}): "
                "analyse the files of one test at once."
            )
        if not any(found == other for _, other in files):
            files.append((path, found))
    if not files:
        raise UserError("There is nothing to analyse: give the files that the page saved, such as answers/*.json.")
    names = _names([answers for _, answers in files])
    seal = _unseal(*files[0])
    ratings: list[Rating] = []
    choices: list[Choice] = []
    for name, (path, answers) in zip(names, files, strict=True):
        try:
            ratings += _ratings(name, answers, seal)
            choices += _choices(name, answers, seal)
        except (KeyError, IndexError) as error:
            raise _unusable(path, "it names sounds that the test does not have") from error
    return Collected(files[0][1].title, tuple(seal.conditions), tuple(ratings), tuple(choices))


def _read(path: Path) -> Answers:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _unusable(path, "it is larger than any")
        return Answers.model_validate_json(read_regular(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read: give files of answers that the page saved.") from error
    except ValidationError as error:
        raise _unusable(path, f"format {FORMAT} has other contents") from error


def _unusable(path: Path, why: str) -> UserError:
    return UserError(f"{path} is no file of answers ({why}): give the files that the page of the test saved.")


def _unseal(path: Path, answers: Answers) -> Seal:
    try:
        return open_seal(answers.sealed)
    except ValueError as error:
        raise _unusable(path, "its sealed part is damaged") from error


def _names(files: Sequence[Answers]) -> list[str]:
    """A name for each listener: with a number where somebody else had it."""
    names: list[str] = []
    for answers in files:
        wanted = answers.listener.strip() or "listener"
        name, number = wanted, 2
        while name in names:
            name, number = f"{wanted} ({number})", number + 1
        names.append(name)
    return names


def _ratings(name: str, answers: Answers, seal: Seal) -> list[Rating]:
    return [
        Rating(name, trial.trial, *_stimulus(seal, key), score)
        for trial in answers.ratings
        for key, score in trial.scores.items()
    ]


def _stimulus(seal: Seal, key: str) -> tuple[str, str]:
    condition, clip = seal.stimuli[key]
    return condition, clip


def _choices(name: str, answers: Answers, seal: Seal) -> list[Choice]:
    return [
        Choice(name, given.trial, seal.abx[given.trial][0], given.answer == seal.abx[given.trial][1])
        for given in answers.abx
        if given.trial >= 0
    ]
