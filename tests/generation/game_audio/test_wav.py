import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from wavinfo import WavInfoReader

from wavegan_src.generation.game_audio.wav import loop_wav, plain_wav


@pytest.mark.parametrize("samples", [1000, 1001])
def test_other_programs_read_sound_loop_and_label(tmp_path: Path, samples: int) -> None:
    sound = np.sin(np.arange(samples) / 7).astype(np.float32)
    path = tmp_path / "loop.wav"
    path.write_bytes(loop_wav(sound, 48000, "3000.0 rpm, load 1", 25.0))
    info = WavInfoReader(str(path))
    assert (info.fmt.sample_rate, info.fmt.bits_per_sample, info.fmt.channel_count) == (48000, 24, 1)
    (loop,) = info.smpl.sample_loops
    assert (loop.start, loop.end, loop.loop_type, loop.repetition_count) == (0, samples - 1, 0, 0)
    labels = [cue.text for cue in info.cues.labels]
    assert labels == ["3000.0 rpm, load 1"]
    read, rate = sf.read(io.BytesIO(path.read_bytes()))
    assert rate == 48000
    np.testing.assert_allclose(read, sound, atol=2**-22)


@pytest.mark.parametrize("pitch", [25.0, 440.0, 0.001, 1e6])
def test_the_pitch_is_told_in_notes(tmp_path: Path, pitch: float) -> None:
    path = tmp_path / "loop.wav"
    path.write_bytes(loop_wav(np.zeros(10, np.float32), 48000, "x", pitch))
    content = path.read_bytes()
    unity, fraction = struct.unpack_from("<II", content, content.index(b"smpl") + 8 + 12)
    note = unity + fraction / 2**32
    wanted = np.clip(69 + 12 * np.log2(pitch / 440), 0, 128)
    assert note == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("bits", [16, 24])
def test_a_sound_without_loop_points_has_only_its_samples(tmp_path: Path, bits: int) -> None:
    sound = np.linspace(-1, 1, 1001).astype(np.float32)
    path = tmp_path / "plain.wav"
    path.write_bytes(plain_wav(sound, 44100, bits))
    info = WavInfoReader(str(path))
    assert (info.fmt.sample_rate, info.fmt.bits_per_sample) == (44100, bits)
    assert info.smpl is None
    read, _ = sf.read(path)
    np.testing.assert_allclose(read, sound, atol=2.0 ** (2 - bits))


def test_a_pitch_that_is_not_known_is_told_as_middle_c() -> None:
    content = loop_wav(np.zeros(10, np.float32), 48000, "x", None, 16)
    assert struct.unpack_from("<II", content, content.index(b"smpl") + 8 + 12) == (60, 0)
