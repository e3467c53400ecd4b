"""Open a sound file with the decoder that reads it: libsndfile, else ffmpeg if it is on PATH."""

from dataclasses import replace
from pathlib import Path

from wavegan_src.data.audio_files import uses_ffmpeg
from wavegan_src.data.decoding.containers import FEWEST_HIDDEN_BYTES
from wavegan_src.data.decoding.ffmpeg import FfmpegStream, ffmpeg_header, find_ffmpeg
from wavegan_src.data.decoding.headers import (
    FFMPEG,
    NO_SOUND_TRACK,
    DamagedAudioError,
    Header,
    UnbelievableHeaderError,
    check_not_empty,
)
from wavegan_src.data.decoding.sndfile import SndfileStream, sndfile_header
from wavegan_src.data.decoding.streams import AudioStream


def read_header(path: Path) -> Header:
    """Read a file's header, with ffmpeg where libsndfile refuses the file or finds nothing in it.

    Raises:
        DamagedAudioError: not audio, empty, a header that cannot be true, or ffmpeg is needed and missing.
        OSError: the file cannot be read (permissions, a link to nothing).
    """
    size = check_not_empty(path)
    if uses_ffmpeg(path):
        return ffmpeg_header(path)
    try:
        header = sndfile_header(path)
    except UnbelievableHeaderError:
        raise
    except DamagedAudioError as refused:
        return _second_opinion(path, str(refused))
    if header.frames == 0 and size > FEWEST_HIDDEN_BYTES and find_ffmpeg() is not None:
        return _second_opinion(path, "its header says that it holds no sound")
    return header


def _second_opinion(path: Path, refusal: str) -> Header:
    """ffmpeg's view of a file that libsndfile refuses."""
    if find_ffmpeg() is None:
        raise DamagedAudioError(f"{refusal}; ffmpeg may read it, but is not on PATH")
    try:
        header = ffmpeg_header(path)
    except UnbelievableHeaderError:
        raise
    except DamagedAudioError as error:
        if str(error) == NO_SOUND_TRACK:
            raise
        raise DamagedAudioError(f"{refusal}, and {error}") from error
    return header if header.remark else replace(header, remark="libsndfile does not read it, ffmpeg does")


def open_audio(path: Path, header: Header | None = None) -> AudioStream:
    """Open a file for decoding; `header` is what `read_header` found, if that is known.

    Raises:
        DamagedAudioError: it is not audio, is empty, or needs ffmpeg, which is missing.
        OSError: it cannot be read.
    """
    header = header or read_header(path)
    return FfmpegStream(path, header) if header.decoder == FFMPEG else SndfileStream(path, header)
