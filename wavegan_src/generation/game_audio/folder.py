"""Folders that are filled whole or not at all: all is made in a hidden folder inside, then moved to its place."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wavegan_src.run.marker import MARKER, Kind, mark_folder
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import PARTIAL_SUFFIX, make_folder
from wavegan_src.utils.paths import shown
from wavegan_src.utils.reading import read_json

FILES, SOUNDS, FILE = "files", "loops", "file"
"""Keys of a manifest: the names of all other files, with `/` after a folder's; or the sounds, each with its file."""
CURE = "choose another folder with --out"


def check_replaceable(folder: Path, manifest: str) -> None:
    """Check before any work that a folder may be filled: it is new, empty, or holds only what its manifest lists.

    Raises:
        UserError: it holds something else, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{shown(folder)} is a file: {CURE}.")
    found = _files(folder)
    if not found:
        return
    if manifest not in found:
        raise UserError(f"{shown(folder)} is not empty and holds no {manifest}: {CURE}, so that nothing is mixed up.")
    strange = sorted(found - _listed(folder / manifest) - {manifest})
    if strange:
        raise UserError(f"{shown(folder)} holds more than its {manifest} lists, such as {strange[0]}: {CURE}.")


@contextmanager
def whole_folder(folder: Path, manifest: str, what: str) -> Iterator[Path]:
    """Give a hidden folder to fill; what is in it comes to `folder` when the block ends, its manifest last.

    What an earlier manifest lists is replaced. If the block fails, `folder` stays as it was.

    Args:
        folder: need not exist.
        manifest: name of the file without which the folder is not complete.
        what: is written, such as "the loops".

    Raises:
        UserError: the folder holds something else or cannot be written.
    """
    with os_errors_as_user_errors(folder, what=what, cure=CURE):
        check_replaceable(folder, manifest)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        stage = folder / f".{os.getpid()}{PARTIAL_SUFFIX}"
        try:
            make_folder(folder, what="the folder", cure=CURE)
            _remove_abandoned(folder)
            stage.mkdir()
            yield stage
            _move(stage, folder, manifest)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            for path in missing:
                with contextlib.suppress(OSError):  # not empty, or never made
                    path.rmdir()
            raise


def _move(stage: Path, folder: Path, manifest: str) -> None:
    old = _listed(folder / manifest) if (folder / manifest).is_file() else set()
    (folder / manifest).unlink(missing_ok=True)
    for name in old:
        (folder / name).unlink(missing_ok=True)
        _remove_empty((folder / name).parent, folder)
    mark_folder(folder, Kind.DRIVEN)
    for name in sorted(_files(stage), key=lambda name: name == manifest):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(folder / name)
    shutil.rmtree(stage)


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left, and this one, should it have the number of one of them."""
    import psutil  # noqa: PLC0415 - seldom needed

    for path in folder.glob(f".*{PARTIAL_SUFFIX}"):
        number = path.name.removeprefix(".").removesuffix(PARTIAL_SUFFIX)
        if path.is_dir() and not path.is_symlink() and number.isdecimal():
            alive = psutil.pid_exists(int(number)) and int(number) != os.getpid()
            if not alive:
                shutil.rmtree(path, ignore_errors=True)


def _remove_empty(path: Path, root: Path) -> None:
    while path != root:
        try:
            path.rmdir()
        except OSError:
            return
        path = path.parent


def _files(folder: Path) -> set[str]:
    """Every file below a folder but the marker and what interrupted writes left."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir()
        and path.name != MARKER
        and not any(part.endswith(PARTIAL_SUFFIX) for part in path.relative_to(folder).parts)
    }


def _listed(manifest: Path) -> set[str]:
    """The files that a manifest lists, of those that are in its folder: a name may lead nowhere else."""
    try:
        content = read_json(manifest)
    except (OSError, ValueError):
        return set()
    if not isinstance(content, dict):
        return set()
    sounds = content.get(SOUNDS)
    named = [sound.get(FILE) for sound in sounds if isinstance(sound, dict)] if isinstance(sounds, list) else []
    files = content.get(FILES)
    names = [*named, *files] if isinstance(files, list) else named
    found = _files(manifest.parent)
    return {name for name in names if isinstance(name, str) and name in found}
