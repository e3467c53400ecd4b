"""What ffmpeg reads: the choice of an audio stream, what libsndfile refuses, and reasons in words."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, write
from tests.support.ffmpeg import install_ffmpeg, needs_script, tracks
from wavegan_src.data.decoding.headers import DamagedAudioError
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.windows import FileWindows, WindowSpec

SPEC = WindowSpec(2000, 1000, 0.5, "loop", -60.0)
STEP = 1 / 32768

pytestmark = needs_script


@pytest.fixture(autouse=True)
def _ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_ffmpeg(tmp_path, monkeypatch)


def test_ffmpeg_decodes_the_rest(tmp_path: Path) -> None:
    sound = np.stack([noise(1.5, 1), noise(1.5, 2)], axis=1)
    write(tmp_path / "x.wav", sound).rename(tmp_path / "a b ż.m4a")
    header = read_header(tmp_path / "a b ż.m4a")
    assert (header.sample_rate, header.channels, header.frames) == (2000, 2, 3000)
    windows = FileWindows(tmp_path / "a b ż.m4a", SPEC)
    found = list(windows)
    assert windows.fault is None
    np.testing.assert_allclose(found[1].samples, sound[500:1500].mean(axis=1), atol=STEP)


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / "x.wav", noise(1.5)).rename(tmp_path / "broken.m4a")
    windows = FileWindows(tmp_path / "broken.m4a", SPEC)
    assert len(list(windows)) == 5
    assert windows.fault is not None
    assert windows.fault.second == 1.5


def test_what_libsndfile_refuses_goes_to_ffmpeg(tmp_path: Path) -> None:
    path = write(tmp_path / "phone.wav", noise(1.5))
    path.write_bytes(b"\0\0\0\x20ftypM4A " + path.read_bytes())
    windows = FileWindows(path, SPEC)
    np.testing.assert_allclose(next(iter(windows)).samples, noise(1.5)[:1000], atol=STEP)
    assert windows.facts().remark == "libsndfile does not read it, ffmpeg does"


def test_it_is_damaged_only_if_both_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.wav").write_text("not a sound at all" * 99)
    with pytest.raises(DamagedAudioError, match=r"libsndfile knows, and ffmpeg finds no sound in it$"):
        read_header(tmp_path / "a.wav")
    (tmp_path / "a.m4a").write_text("nothing")
    with pytest.raises(DamagedAudioError, match="ffmpeg finds no sound in it"):
        FileWindows(tmp_path / "a.m4a", SPEC)
    (tmp_path / "b.m4a").touch()
    with pytest.raises(DamagedAudioError, match="empty"):
        FileWindows(tmp_path / "b.m4a", SPEC)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DamagedAudioError, match="ffmpeg may read it, but is not on PATH"):
        read_header(tmp_path / "a.wav")


def test_the_audio_stream_with_sound_is_used(tmp_path: Path) -> None:
    silence = write(tmp_path / "1.wav", np.zeros(3000, np.float32))
    sound = write(tmp_path / "2.wav", noise(1.5))
    (tmp_path / "camera.mov").write_bytes(tracks(silence, sound))
    header = read_header(tmp_path / "camera.mov")
    assert (header.track, header.remark) == (1, "audio stream 2 of 2 is used, the only one with sound")
    windows = FileWindows(tmp_path / "camera.mov", SPEC, header=header)
    np.testing.assert_allclose(next(iter(windows)).samples, noise(1.5)[:1000], atol=STEP)


def test_a_video_without_a_sound_track(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"VIDEO" + bytes(100))
    with pytest.raises(DamagedAudioError, match=r"^has no sound track$"):
        read_header(tmp_path / "film.mp4")
