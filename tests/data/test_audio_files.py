"""Finding audio files, reading their headers, writing WAV."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import noise, sine, write
from wavegan_src.data.audio_files import (
    find_audio,
    is_audio_name,
    sndfile_suffixes,
    uses_ffmpeg,
    write_wav,
)
from wavegan_src.data.decoding.headers import FFMPEG, DamagedAudioError, Header
from wavegan_src.data.decoding.opening import read_header


def test_names() -> None:
    assert is_audio_name("A.WAV")
    assert is_audio_name("täst file.flac")
    assert is_audio_name("video.mp4")
    assert not is_audio_name(".hidden.wav")
    assert not is_audio_name("notes.txt")
    assert not is_audio_name("manifest.csv")
    assert {".wav", ".flac", ".ogg", ".aiff", ".caf", ".w64", ".rf64"} <= sndfile_suffixes()
    assert uses_ffmpeg("x.m4a")
    assert not uses_ffmpeg("x.wav")


def test_finds_sorted_and_skips_hidden_foreign_and_excluded(tmp_path: Path) -> None:
    for name in ("b/2.wav", "b/10.flac", "a.wav", ".hid/x.wav", "b/.x.wav", "b/notes.txt", "out/train/c.wav"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert find_audio(tmp_path, exclude=tmp_path / "out") == ["a.wav", "b/10.flac", "b/2.wav"]


def test_linked_folders_are_entered_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.wav").touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nothing")
    (tmp_path / "itself.wav").symlink_to("itself.wav")
    assert find_audio(tmp_path) == ["a/x.wav", "gone.wav", "itself.wav"]  # those are read, and refused in words


def test_header(tmp_path: Path) -> None:
    header = read_header(write(tmp_path / "a b ż.wav", np.stack([sine(1), sine(1)], axis=1)))
    assert (header.sample_rate, header.channels, header.frames, header.seconds) == (2000, 2, 2000, 1.0)


def test_zero_length_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(DamagedAudioError, match="empty"):
        read_header(tmp_path / "a.wav")


def test_text_named_wav_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("not a sound at all, and long enough to look at" * 20)
    with pytest.raises(DamagedAudioError, match=r"(?i)format"):
        read_header(tmp_path / "a.wav")


def test_without_ffmpeg_its_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.m4a").write_bytes(b"something")
    with pytest.raises(DamagedAudioError, match="needs ffmpeg"):
        read_header(tmp_path / "a.m4a")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script with a shebang line")
@pytest.mark.parametrize(
    ("duration", "frames", "known"),
    [("00:01:02.50, start: 0.0", 3_000_000, True), ("N/A, bitrate: N/A", 96_000, False)],
)
def test_a_length_that_ffmpeg_does_not_know_is_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duration: str, frames: int, known: bool
) -> None:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    stream = "  Stream #0:0(eng): Audio: opus, 48000 Hz, stereo, fltp (default)"
    program.write_text(f"#!/bin/sh\necho '  Duration: {duration}' >&2\necho '{stream}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    (tmp_path / "a.webm").write_bytes(bytes(32_000))  # 2 s at 128 kbit/s
    assert read_header(tmp_path / "a.webm") == Header(48_000, 2, frames, known, FFMPEG)


def test_16_bit_samples_are_written_unchanged(tmp_path: Path) -> None:
    values = np.arange(-32768, 32768, dtype=np.int16)
    write_wav(tmp_path / "a.wav", (values / 32768).astype(np.float32), 22050)
    read, rate = sf.read(tmp_path / "a.wav", dtype="int16")
    assert rate == 22050
    np.testing.assert_array_equal(read, values)


def test_writing_clips_to_full_scale_and_repeats_its_bytes(tmp_path: Path) -> None:
    loud = noise(0.1) * 100
    write_wav(tmp_path / "a.wav", loud, 22050)
    write_wav(tmp_path / "b.wav", loud, 22050)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    read, _ = sf.read(tmp_path / "a.wav", dtype="int16")
    assert read.max() == 32767
    assert read.min() == -32768


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
def test_a_full_disk_is_not_overlooked(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_wav(tmp_path / "a.wav", noise(1), 22050)


@pytest.mark.skipif(os.name == "nt", reason="named pipes are POSIX's")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    assert find_audio(tmp_path) == []
