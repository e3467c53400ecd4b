"""Archives below a folder of recordings, unpacked beside the output while `prepare` works, and removed then.

The unpacked tree is laid over that of the recordings: the sounds of `sub/shard.tar` are files of a folder of that name.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from wavegan_src.data.audio_files import find_archives
from wavegan_src.data.prepare.archives.parquet_files import check_installed, unpack_parquet
from wavegan_src.data.prepare.archives.tar_files import unpack_tar
from wavegan_src.run.own_folders import OwnFolders
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import check_free_space, hold_lock, make_own_folder
from wavegan_src.utils.format import format_count, format_size, printable
from wavegan_src.utils.progress import Advance, Notify, ProgressFactory

LOCK, TREE = ".lock", "tree"
_PARQUET = ".parquet"


@contextlib.contextmanager
def unpacked_archives(
    raw: Path, out: Path, own: OwnFolders, progress: ProgressFactory, notify: Notify
) -> Iterator[Path | None]:
    """Unpack all archives below `raw` into a hidden folder beside `out` until the `with` ends; None if there are none.

    Args:
        raw: folder of recordings.
        out: the output folder, which is not searched.
        own: of raw; archives in folders that the program wrote are left alone.
        progress: counts bytes. notify: told what was unpacked.

    Raises:
        UserError: an archive is damaged or has no sound, pyarrow is missing, the disk is full.
    """
    names = own.outside(find_archives(raw, out))
    if not names:
        yield None
        return
    for name in [name for name in names if _is_parquet(name)][:1]:
        check_installed(name)
    size = sum(_size(raw / name, name) for name in names)
    folder = out.parent / f".{out.name}.unpacked"
    writing = os_errors_as_user_errors(
        folder,
        needs=f"the unpacked archives need about {format_size(size)}",
        cure="name another folder for the clips",
        only_inside=True,
    )
    with contextlib.ExitStack() as held:
        with writing:
            make_own_folder(out.parent, folder.name)
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            held.enter_context(hold_lock(folder / LOCK, f"Another process is preparing {out}. Wait for it."))
            shutil.rmtree(folder / TREE, ignore_errors=True)  # of a call that was killed
            tree = make_own_folder(folder, TREE)
            check_free_space(folder, size)
            with progress("Unpacking archives", size) as advance:
                sounds = sum(_unpack(raw / name, name, tree / name, advance, notify) for name in names)
        notify(
            f"{format_count(sounds, 'sound')} of {format_count(len(names), 'archive')} unpacked: each is a file of a "
            "folder with the archive's name."
        )
        yield tree


def _unpack(path: Path, name: str, folder: Path, advance: Advance, notify: Notify) -> int:
    folder.mkdir(parents=True)
    if _is_parquet(name):
        found = unpack_parquet(path, name, folder, advance)
        sounds = found.sounds
        if found.empty:
            notify(f"{printable(name)}: {format_count(found.empty, 'row')} without sound left out.")
    else:
        sounds = unpack_tar(path, name, folder, advance)
    if not sounds:
        raise UserError(f"There is no sound in {printable(name)}. Take it out of the folder.")
    return sounds


def _size(path: Path, name: str) -> int:
    try:
        with path.open("rb") as file:
            return file.seek(0, os.SEEK_END)
    except OSError as error:
        raise UserError(
            f"{printable(name)} cannot be read ({error.strerror}). Give yourself access to it, or take it out of the "
            "folder."
        ) from error


def _is_parquet(name: str) -> bool:
    return name.lower().endswith(_PARQUET)
