import base64
import io
import math
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib.image
import numpy as np
import pytest
import soundfile

from tests.support.scores import tone
from wavegan_src.data.audio_files import write_wav
from wavegan_src.evaluation.result import ClipView
from wavegan_src.report.sounds import PICTURE_COLUMNS, PICTURE_ROWS, loudest_level, palette, picture_png, read_sound


def decoded(uri: str) -> tuple[str, bytes]:
    kind, data = uri.removeprefix("data:").split(";base64,")
    return kind, base64.b64decode(data)


@pytest.mark.parametrize(("rate", "kind"), [(22050, "audio/mpeg"), (44100, "audio/mpeg"), (8192, "audio/flac")])
def test_a_clip_is_packed_and_sounds_the_same(tmp_path: Path, rate: int, kind: str) -> None:
    time = np.arange(2 * rate) / rate
    clip = (0.4 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    write_wav(tmp_path / "a.wav", clip, rate)
    sound = read_sound(tmp_path / "a.wav")
    assert sound is not None
    found, data = decoded(sound.audio)
    assert found == kind
    assert len(data) < 0.7 * (tmp_path / "a.wav").stat().st_size
    again, again_rate = soundfile.read(io.BytesIO(data))
    assert again_rate == rate
    spectrum = np.abs(np.fft.rfft(again[: len(clip)]))
    assert spectrum.argmax() * rate / len(clip) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(again[: len(clip)] ** 2)) == pytest.approx(0.4 / math.sqrt(2), rel=0.05)


@pytest.mark.draws
def test_the_spectrogram_shows_a_tone_at_its_frequency(tmp_path: Path) -> None:
    rate = 22050
    clip = (0.9 * np.sin(2 * np.pi * 5512.5 * np.arange(2 * rate) / rate)).astype(np.float32)
    write_wav(tmp_path / "a.wav", clip, rate)
    sound = read_sound(tmp_path / "a.wav")
    assert sound is not None
    image = matplotlib.image.imread(io.BytesIO(decoded(sound.picture)[1]))
    assert image.shape[:2] == (PICTURE_ROWS, PICTURE_COLUMNS)
    brightest = image[..., :3].sum(axis=2).mean(axis=1).argmax()
    assert brightest == pytest.approx(PICTURE_ROWS / 2, abs=2)  # half of the highest frequency
    labels = [text.text for text in ET.fromstring(sound.spectrogram()).iter("text")]
    assert {"0.5", "1.0", "5", "kHz", "time (s)"} <= set(labels)


def test_a_file_that_is_no_clip_is_none(tmp_path: Path) -> None:
    (tmp_path / "torn.wav").write_bytes(b"RIFF\0\0")
    write_wav(tmp_path / "empty.wav", np.zeros(0, np.float32), 22050)
    for name in ("torn.wav", "empty.wav", "missing.wav"):
        assert read_sound(tmp_path / name) is None


def test_all_spectrograms_share_the_top_of_the_loudest() -> None:
    loud, hundredth, silence = tone(200.0), tone(200.0) * np.float32(0.01), np.zeros(100, np.float32)
    soft = ClipView("a", hundredth, "b", hundredth, 1.0)
    silent = ClipView("a", silence, "b", silence, 1.0)
    assert loudest_level([soft]) == -40  # a sine at half of full scale reads -6 dB
    assert loudest_level([soft, ClipView("a", hundredth, "b", loud, 1.0)]) == 0
    assert loudest_level([silent]) == -60


@pytest.mark.parametrize("length", [1, 100, 512, 2000])
def test_clips_of_any_length_have_a_spectrogram(length: int) -> None:
    assert picture_png(tone(200.0)[:length]).startswith(b"\x89PNG")


def test_the_palette_is_matplotlibs_magma() -> None:
    magma = 255 * matplotlib.colormaps["magma"](np.arange(256))[:, :3]
    assert palette().shape == (256, 3)
    assert np.abs(palette() - magma).max() < 12  # of 255
