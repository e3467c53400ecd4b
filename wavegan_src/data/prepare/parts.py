"""Parts of a tree that several machines prepare, and joining them: a part is every nth recording of the whole plan.

Each machine plans the whole tree, so that names and sides are those of one call. Copies are only searched for when all
parts are together.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavegan_src.data.prepare.cutting import Task
from wavegan_src.data.prepare.output import Output, Record
from wavegan_src.run.own_folders import PREPARE_SETTINGS
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable
from wavegan_src.utils.reading import read_json

PART, TREE = "part", "recordings"  # keys of a part's settings, beside those of every prepared folder
MOST_PARTS = 10_000


@dataclass(frozen=True)
class Part:
    """Part `number` of `count`, from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Part":
        """A part from a text such as "3/16".

        Raises:
            UserError: it is none.
        """
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]) <= MOST_PARTS:
            raise UserError(
                f"{printable(text)} is no part. Give its number and the number of all parts, such as 3/16 for the "
                "third of sixteen."
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, tasks: Sequence[Task]) -> list[Task]:
        """The recordings of this part.

        Raises:
            UserError: there are none, as there are fewer recordings than parts.
        """
        if self.number > len(tasks):
            raise UserError(f"Part {self} has no recording, because there are only {len(tasks)}. Make fewer parts.")
        return list(tasks[self.number - 1 :: self.count])

    def settings(self, tasks: Sequence[Task]) -> dict[str, Any]:
        """What a part's folder must have been prepared with, besides the settings of a whole one."""
        return {PART: str(self), TREE: _tree(tasks)}


@dataclass(frozen=True)
class _Prepared:
    """The folder of a prepared part."""

    part: Part
    output: Output
    settings: Mapping[str, Any]


def check_parts(folders: Sequence[Path], settings: Mapping[str, Any], tasks: Sequence[Task], clip_bytes: int) -> None:
    """Make sure that these folders are all parts of one tree.

    Args:
        folders: of the parts.
        settings: of the whole.
        tasks: all recordings of the tree.
        clip_bytes: size of a clip's file.

    Raises:
        UserError: a folder is no part or not finished, one is missing or there twice, or a part was prepared from other
            recordings or with other settings.
    """
    parts = [_read(folder) for folder in folders]
    first, seen = parts[0], dict[int, Path]()
    for each in parts:
        folder = each.output.folder
        if each.part.count != first.part.count:
            raise UserError(
                f"{folder} is part {each.part}, but {first.output.folder} is part {first.part}: they do not belong "
                "together. Give the parts of one division."
            )
        if each.part.number in seen:
            raise UserError(f"{folder} and {seen[each.part.number]} are both part {each.part}. Give each part once.")
        seen[each.part.number] = folder
        _check_settings(each, {**settings, **each.part.settings(tasks)})
        unfinished = [task for task in each.part.of(tasks) if not _is_whole(each.output, task, clip_bytes)]
        if unfinished:
            raise UserError(
                f"{folder} is not finished: {len(unfinished)} of its recordings are missing, such as "
                f"{printable(unfinished[0].recording.name)}. Run `prepare --part {each.part}` there again."
            )
    missing = sorted(set(range(1, first.part.count + 1)) - set(seen))
    if missing:
        named = ", ".join(f"{number}/{first.part.count}" for number in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise UserError(f"{len(missing)} of {first.part.count} parts are missing: {named}{more}. Give all of them.")


def adopt_parts(folders: Sequence[Path], output: Output, tasks: Sequence[Task], clip_bytes: int) -> None:
    """Put the finished recordings of all parts into the whole folder; the parts stay as they are."""
    done = output.read_records()
    names = {record.name for record in done.values() if output.is_whole(record, clip_bytes)}
    for folder in folders:
        source = Output(folder)
        found = source.read_records()
        for task in tasks:
            if task.key in found and task.name not in names:
                _adopt(found[task.key], source, output)


def _adopt(record: Record, source: Output, output: Output) -> None:
    part = output.parts / record.key
    part.mkdir()
    for file in record.files():
        target = part / Path(file).name
        try:
            target.hardlink_to(source.folder / file)
        except OSError:  # another disk
            shutil.copyfile(source.folder / file, target)
    output.publish(record, part)


def _read(folder: Path) -> _Prepared:
    try:
        settings = read_json(folder / PREPARE_SETTINGS)
        return _Prepared(Part.parse(settings[PART]), Output(folder), settings)
    except (OSError, ValueError, KeyError, TypeError, UserError):
        raise UserError(
            f"{folder} is no part of a tree. Make parts with `prepare --part`, and name their folders."
        ) from None


def _check_settings(prepared: _Prepared, wanted: Mapping[str, Any]) -> None:
    found, folder = prepared.settings, prepared.output.folder
    different = [key for key in {**wanted, **found} if wanted.get(key) != found.get(key)]
    if TREE in different:
        raise UserError(f"{folder} was prepared from other recordings than those there now. Prepare this part again.")
    if different:
        key = different[0]
        raise UserError(
            f"{folder} was prepared with other settings: {key} was {found.get(key)!r} there and is {wanted.get(key)!r} "
            "here. Give all parts, and the joining, the same options."
        )


def _is_whole(output: Output, task: Task, clip_bytes: int) -> bool:
    record = output.read_record(task.key)
    return record is not None and output.is_whole(record, clip_bytes)


def _tree(tasks: Sequence[Task]) -> str:
    """How many recordings a tree has, and a hash of their names and sizes."""
    listed = [[task.key, [[file.name, file.size] for file in task.recording.files]] for task in tasks]
    return f"{len(tasks)}, {hashlib.blake2b(json.dumps(listed).encode(), digest_size=8).hexdigest()}"
