"""A WebDataset tar, compressed by gzip or not: its sounds, and the labels of speed beside them, as files of a folder.

Members of a sample share a key, the name up to the first dot: KEY.wav beside KEY.json. Each keeps its name and its
folder.
https://github.com/webdataset/webdataset
"""

import gzip
import shutil
import tarfile
import zlib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, cast

from wavegan_src.data.audio_files import COMPRESSED_SUFFIXES, is_audio_name
from wavegan_src.data.speed.labels import ENGINE_FILE
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable
from wavegan_src.utils.progress import Advance

_BLOCK = tarfile.BLOCKSIZE
_PART = 2**16


def unpack_tar(path: Path, name: str, folder: Path, advance: Advance) -> int:
    """Unpack the sounds of a tar member by member; returns how many there were.

    Args:
        path, name: the file, and what it is called in messages.
        folder: for the files; a folder in the tar becomes one below it.
        advance: told the bytes of the file that were read.

    Raises:
        UserError: it is damaged or ends too early, a member would be written outside the folder, or two in one place.
        OSError: a file cannot be written.
    """
    sounds = 0
    try:
        with path.open("rb") as stored, _plain(stored, name) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            read = 0
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined] # else all headers stay in memory
                if _is_wanted(member):
                    _write(tar, member, folder / _inside(member, name))
                    sounds += is_audio_name(PurePosixPath(member.name).name)
                before, read = read, stored.tell()
                advance(read - before)
            _check_end(file, tar.offset)
    except (FileExistsError, NotADirectoryError) as error:
        place = Path(error.filename).relative_to(folder).as_posix()
        raise UserError(
            f"{printable(name)} has two members that would lie at {printable(place)}: make it again with a name "
            "for each."
        ) from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            f"{printable(name)} is damaged or ends too early ({error}): copy or download it again."
        ) from error
    return sounds


def _plain(stored: IO[bytes], name: str) -> AbstractContextManager[IO[bytes]]:
    """The tar itself, decompressed as it is read."""
    if not name.lower().endswith(COMPRESSED_SUFFIXES):
        return nullcontext(stored)
    return cast(IO[bytes], gzip.GzipFile(fileobj=stored))


def _is_wanted(member: tarfile.TarInfo) -> bool:
    """Whether a member is a visible file with sound, or with labels of speed."""
    path = PurePosixPath(member.name)
    hidden = any(part.startswith(".") and part != ".." for part in path.parts)
    labels = path.suffix.lower() == ".csv" or path.name == ENGINE_FILE
    return member.isreg() and not member.issparse() and not hidden and (labels or is_audio_name(path.name))


def _inside(member: tarfile.TarInfo, name: str) -> PurePosixPath:
    path, here = PurePosixPath(member.name), Path(member.name)  # drives and backslashes count on Windows
    if path.is_absolute() or here.anchor or ".." in (*path.parts, *here.parts) or "\0" in member.name:
        raise UserError(
            f"{printable(name)} has a member that would lie outside its folder, {printable(member.name)}: make the tar "
            "again with relative names, without .. in them."
        )
    return path


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ReadError(f"{member.name} has no content")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, target.open("xb") as out:
        shutil.copyfileobj(source, out)


def _check_end(file: IO[bytes], offset: int) -> None:
    """Refuse a tar without its closing block of zeros: Python takes a cut or damaged header for the end.

    A compressed one is read to its very end, where its checksum is.
    """
    file.seek(offset)
    if file.read(_BLOCK) != bytes(_BLOCK):
        raise tarfile.ReadError("it has no end mark")
    while isinstance(file, gzip.GzipFile) and file.read(_PART):
        pass
