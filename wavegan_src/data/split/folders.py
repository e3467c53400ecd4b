"""Subfolders that are a split already: train, valid, validation, val and test, in upper or lower case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wavegan_src.run.own_folders import OLDEST_RULES
from wavegan_src.utils.format import printable

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
SPLIT_NAMES = {
    "train": TRAIN,
    "training": TRAIN,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "val": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
ORIGINAL = {TRAIN: TRAIN, VALIDATION: VALIDATION}  # the only names by the oldest rules


@dataclass(frozen=True)
class FolderSplit:
    """The split folders of a tree by name, and the files that lie beside them."""

    folders: dict[str, str]
    beside: list[str] = field(default_factory=list)

    @property
    def is_split(self) -> bool:
        """Whether the folders are taken as the split: all files lie in them."""
        return not self.beside

    @property
    def has_validation(self) -> bool:
        """Whether one of them is for validation."""
        return VALIDATION in self.folders.values()

    @property
    def has_test(self) -> bool:
        """Whether one of them is a test set."""
        return TEST in self.folders.values()

    def split_of(self, name: str) -> str:
        """The split of a file or folder in one of them, by its name relative to the tree."""
        return self.folders[name.partition("/")[0]]

    def names_of(self, split: str) -> str:
        """The names of a split's folders."""
        return " and ".join(printable(name) for name, known in sorted(self.folders.items()) if known == split)

    def title(self, *, without_test: bool = False) -> str:
        """The names of all folders, in the order of the splits."""
        splits = [split for split in SPLITS if split in self.folders.values() and not (without_test and split == TEST)]
        names = [self.names_of(split) for split in splits]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def refusal(self) -> str:
        """Why the folders are not taken as the split, and what to do."""
        return (
            f"The folders {self.title()} are not taken as a split, because {len(self.beside)} files lie outside them, "
            f"such as {printable(self.beside[0])}: move those into one of them if they are meant as the split."
        )


def find_split(root: Path, names: Sequence[str], rules: int) -> FolderSplit | None:
    """The split folders directly below a folder; None if there are none, or no pair that makes a split.

    Args:
        root: the folder.
        names: of the audio files in it, relative to it.
        rules: dataset.folder_rules.
    """
    folders = _folders(root, ORIGINAL if rules == OLDEST_RULES else SPLIT_NAMES, rules)
    splits = set(folders.values())
    if TRAIN not in splits or len(splits) < 2:
        return None
    beside = [name for name in names if name.partition("/")[0] not in folders]
    return None if beside and rules == OLDEST_RULES else FolderSplit(folders, beside)


def _folders(root: Path, known: dict[str, str], rules: int) -> dict[str, str]:
    try:
        entries = [entry for entry in root.iterdir() if entry.is_dir()]
    except OSError:  # reported when it is scanned
        return {}
    names = {entry.name: entry.name if rules == OLDEST_RULES else entry.name.lower() for entry in entries}
    return {name: known[plain] for name, plain in names.items() if plain in known}
