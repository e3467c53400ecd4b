"""Audio files on disk: which names are audio, finding them in a tree, writing 16-bit WAV."""

import io
import os
import wave
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile as sf

from wavegan_src.dsp.clips import F32

# libsndfile's formats and the suffixes people give them; formats whose files are rarely sound (MATLAB) are left out.
_FORMAT_SUFFIXES = {
    "WAV": (".wav", ".wave", ".bwf"),
    "FLAC": (".flac",),
    "OGG": (".ogg", ".oga", ".opus"),
    "MP3": (".mp3", ".mp2"),
    "AIFF": (".aiff", ".aif", ".aifc"),
    "AU": (".au", ".snd"),
    "CAF": (".caf",),
    "W64": (".w64",),
    "RF64": (".rf64",),
    "VOC": (".voc",),
    "SVX": (".svx", ".8svx"),
    "NIST": (".nist", ".sph"),
    "PAF": (".paf",),
    "PVF": (".pvf",),
    "IRCAM": (".ircam", ".sf"),
    "AVR": (".avr",),
}
_FFMPEG_FORMATS = (
    "m4a m4b aac mp4 m4v wma wmv webm mka mkv mov 3gp 3g2 amr ac3 eac3 dts ape wv tta mpc avi mpg mpeg ra weba spx "
    "mts m2ts qta flv f4v ogv vob asf dv 3gpp"
)
FFMPEG_SUFFIXES = frozenset(f".{name}" for name in _FFMPEG_FORMATS.split())
# Files that lie beside recordings, and that nobody takes for sound.
_NO_SOUND = frozenset(
    [
        ".txt",
        ".md",
        ".pdf",
        ".doc",
        ".docx",
        ".rtf",
        ".csv",
        ".tsv",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".xml",
        ".html",
        ".htm",
        ".css",
        ".js",
        ".py",
        ".ipynb",
        ".log",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".svg",
        ".webp",
        ".tif",
        ".tiff",
        ".heic",
        ".npy",
        ".npz",
        ".ds_store",
        ".url",
        ".lnk",
        ".db",
        ".asd",
        ".reapeaks",
        ".pkf",
        ".sfk",
    ]
)
COMPRESSED_SUFFIXES = (".tar.gz", ".tgz")  # tars too
ARCHIVE_SUFFIXES = (".tar", ".parquet", *COMPRESSED_SUFFIXES)  # `prepare` unpacks them
_ZIP = b"PK"  # PyTorch's checkpoints, also called .tar
WAV_HEADER_BYTES = 44


@cache
def sndfile_suffixes() -> frozenset[str]:
    """Suffixes of the formats that the installed libsndfile reads."""
    available = sf.available_formats()
    return frozenset(suffix for name, group in _FORMAT_SUFFIXES.items() if name in available for suffix in group)


def is_audio_name(name: str) -> bool:
    """Whether a file name is visible and has the suffix of an audio format."""
    return not name.startswith(".") and Path(name).suffix.lower() in sndfile_suffixes() | FFMPEG_SUFFIXES


def uses_ffmpeg(path: Path | str) -> bool:
    """Whether the file is one that only ffmpeg reads."""
    return Path(path).suffix.lower() not in sndfile_suffixes()


def find_audio(root: Path, exclude: Path | None = None) -> list[str]:
    """Paths of all audio files below `root`, relative with forward slashes, in a fixed order.

    Hidden files and folders, `exclude` and everything below it are left out. Linked folders are entered once.
    """
    return _find(root, exclude, is_audio_name)


def find_unlooked(root: Path, exclude: Path | None = None) -> list[str]:
    """Paths of the other files below `root`, as `find_audio`: those that may be sound under another suffix."""
    return [name for name in _find(root, exclude, _may_be_sound) if not name.endswith("/.")]


def find_archives(root: Path, exclude: Path | None = None) -> list[str]:
    """Paths of the archives of sounds below `root`, as `find_audio`; checkpoints called .tar are none."""
    found = _find(root, exclude, lambda name: name.lower().endswith(ARCHIVE_SUFFIXES))
    return [name for name in found if not name.endswith("/.") and not _is_zip(root / name)]


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ZIP)) == _ZIP
    except OSError:
        return False  # reported when it is unpacked


def _may_be_sound(name: str) -> bool:
    return not name.startswith(".") and not is_audio_name(name) and Path(name).suffix.lower() not in _NO_SOUND


def _find(root: Path, exclude: Path | None, wanted: Callable[[str], bool]) -> list[str]:
    skip = os.path.realpath(exclude) if exclude is not None else None
    return sorted(_walk(root, "", skip, set(), wanted))


def _walk(folder: Path, prefix: str, skip: str | None, seen: set[str], wanted: Callable[[str], bool]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real == skip or real in seen:
        return
    seen.add(real)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except PermissionError:
        yield f"{prefix}."  # reported as an unreadable folder when it is opened
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is(entry.is_dir):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", skip, seen, wanted)
        elif wanted(entry.name) and (_is(entry.is_file) or entry.is_symlink()):  # pipes would block
            yield prefix + entry.name


def _is(check: Callable[[], bool]) -> bool:
    """Whether an entry of a folder is of a kind; a link that leads back to itself is of none."""
    try:
        return check()
    except OSError:
        return False


def pcm16(samples: F32) -> bytes:
    """Samples `(time,)` as little-endian 16-bit PCM, clipped to full scale.

    The scale is 32768, by which decoders divide, so that 16-bit sources are unchanged; that of the cache is 32767
    (`clips.to_int16`).
    """
    scaled = np.clip(samples, -1, 1) * 32768  # exact also in float32: the factor is a power of two
    return np.minimum(np.rint(scaled, out=scaled), 32767, out=scaled).astype("<i2").tobytes()


def wav_bytes(samples: F32, sample_rate: int) -> bytes:
    """A mono 16-bit WAV file as bytes; the same samples give the same bytes."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm16(samples))
    return buffer.getvalue()


def write_wav(path: Path, samples: F32, sample_rate: int) -> None:
    """Write a mono 16-bit WAV file.

    Written through Python's files rather than libsndfile, which does not report a full disk.
    """
    path.write_bytes(wav_bytes(samples, sample_rate))
