"""Level and channels of whole files, before they are brought to 16 bits."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import noise, opened, sine, write
from tests.support.preparing import manifest, run_prepare
from wavegan_src.data.decoding.examine import gain_for
from wavegan_src.data.windows import FileWindows, WindowSpec
from wavegan_src.dsp.clips import F32

SPEC = WindowSpec(2000, 1000, 0.0, "loop", -60.0, 15.0)


def first_clip(folder: Path) -> F32:
    """The first clip of a prepared folder."""
    return np.asarray(sf.read(min(folder.rglob("*.wav")), dtype="float32")[0])


def signal_to_noise(found: F32, source: F32) -> float:
    """In dB, of a clip that is its source at another level."""
    scale = float(found @ source / (source @ source))
    return float(20 * np.log10(np.std(scale * source) / np.std(found - scale * source)))


@pytest.mark.parametrize(
    ("peak", "subtype", "least"), [(4, "FLOAT", 80), (700, "DOUBLE", 80), (0.0025, "FLOAT", 80), (0.0025, "PCM_24", 75)]
)
def test_values_beyond_full_scale_or_very_faint_lose_nothing(
    tmp_path: Path, peak: float, subtype: str, least: float
) -> None:
    sound = noise(1)
    sound *= np.float32(peak / np.abs(sound).max())
    write(tmp_path / "raw" / "a.wav", sound, subtype=subtype)
    summary = run_prepare(tmp_path / "raw", tmp_path / "out")
    clip = first_clip(tmp_path / "out")
    assert signal_to_noise(clip, sound[:1000]) > least
    row = manifest(tmp_path / "out")[0]
    assert float(row["source_peak_db"]) == pytest.approx(20 * np.log10(peak), abs=0.1)
    assert float(row["gain_db"]) == pytest.approx(20 * np.log10(0.95 / peak), abs=0.1)
    (level,) = [finding for finding in summary.findings if finding.topic == "Level"]
    assert level.text.startswith("1 file beyond full scale" if peak > 1 else "1 file very faint")


def test_ordinary_levels_are_kept(tmp_path: Path) -> None:
    sound = noise(1, level=0.02)
    write(tmp_path / "raw" / "a.wav", sound, subtype="FLOAT")
    run_prepare(tmp_path / "raw", tmp_path / "out")
    np.testing.assert_allclose(first_clip(tmp_path / "out"), sound[:1000], atol=1 / 32768)
    assert gain_for(1.0) == gain_for(0.011) == gain_for(1e-5) == gain_for(0.0) == 1.0


def test_a_faint_file_of_16_bits_is_told_with_its_level(tmp_path: Path) -> None:
    write(tmp_path / "raw" / "good.wav", noise(1))
    write(tmp_path / "raw" / "faint.wav", sine(1, level=0.001))
    summary = run_prepare(tmp_path / "raw", tmp_path / "out")
    (silence,) = [finding for finding in summary.findings if finding.topic == "Silence"]
    assert "throughout below -60 dBFS (dataset.silence_threshold_db)" in silence.text
    assert "faint.wav, with a peak of -59.9 dBFS" in silence.text


@pytest.mark.parametrize("level", [0.3, 0.9])
def test_an_offset_is_removed_before_16_bits(tmp_path: Path, level: float) -> None:
    sound = noise(1, level=0.02)
    write(tmp_path / "raw" / "a.wav", sound + np.float32(level), subtype="FLOAT")
    summary = run_prepare(tmp_path / "raw", tmp_path / "out", audio__high_pass_hz=15.0)
    clip = first_clip(tmp_path / "out")
    assert abs(float(clip.mean())) < 1e-3
    assert np.std(clip) == pytest.approx(0.02, rel=0.05)
    assert float(manifest(tmp_path / "out")[0]["source_offset"]) == pytest.approx(level, abs=1e-3)
    (offset,) = [finding for finding in summary.findings if finding.topic == "Offset"]
    assert "removed with all below 15 Hz" in offset.text


def test_what_an_offset_hid_reaches_full_scale_in_training(tmp_path: Path) -> None:
    write(tmp_path / "raw" / "a.wav", np.clip(noise(2, level=0.02) + 0.9, -1, 1), subtype="PCM_16")
    dataset, notices = opened(
        tmp_path / "raw", dataset__validation_fraction=0.0, audio__taper_ms=0.0, audio__high_pass_hz=15.0
    )
    clips = dataset.batch(dataset.train).numpy()
    np.testing.assert_allclose(np.abs(clips).max(axis=2), 0.95, atol=1e-3)
    assert np.abs(clips.mean(axis=2)).max() < 0.02
    assert any(notice.startswith("Offset: 1 file") for notice in notices)


def test_channels_that_cancel(tmp_path: Path) -> None:
    sound = noise(1)
    path = write(tmp_path / "raw" / "a.wav", np.stack([sound, -sound], axis=1), subtype="FLOAT")
    windows = FileWindows(path, WindowSpec(2000, 1000, 0.0, "loop", -60.0))
    np.testing.assert_array_equal(next(iter(windows)).samples, sound[:1000])
    _, notices = opened(tmp_path / "raw")
    assert any("channels that cancel each other; the louder one is used (a.wav: 1 of 2)" in line for line in notices)
    mixed = FileWindows(path, WindowSpec(2000, 1000, 0.0, "loop", -60.0, channels="mix"))
    assert {window.dropped for window in mixed} == {"silent"}


def test_a_long_file_is_decoded_again_instead_of_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.stack([noise(3), noise(3, 1)], axis=1)
    path = write(tmp_path / "a.wav", sound)
    held = list(FileWindows(path, SPEC))
    monkeypatch.setattr("wavegan_src.data.decoding.examine.HELD_VALUES", 1000)
    for window, same in zip(FileWindows(path, SPEC), held, strict=True):
        np.testing.assert_array_equal(window.samples, same.samples)


def test_files_whose_rate_no_recorder_has_are_refused_alone(tmp_path: Path) -> None:
    write(tmp_path / "raw" / "good.wav", noise(1))
    data = bytearray(write(tmp_path / "raw" / "odd.wav", noise(1)).read_bytes())
    data[24:28] = (1).to_bytes(4, "little")
    (tmp_path / "raw" / "odd.wav").write_bytes(data)
    notices: list[str] = []
    summary = run_prepare(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert summary.train_clips == 2
    assert any("odd.wav: its header gives a sample rate of 1 Hz" in notice for notice in notices)


def test_a_name_that_is_not_unicode_is_read(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    path = write(tmp_path / "raw" / "x.wav", noise(1))
    try:
        path.rename(tmp_path / "raw" / "wydech_\udcb3\udcf3d.wav")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes only Unicode names")
    assert run_prepare(tmp_path / "raw", tmp_path / "out").train_clips == 2
    dataset, _ = opened(tmp_path / "raw")
    assert len(dataset.train) == 3
