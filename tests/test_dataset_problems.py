"""Data that cannot be used, or not all of it: named, counted, and refused with a way on."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, opened, unprivileged, write, write_tree
from wavegan_src.utils.errors import UserError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "data")


def test_levels_beyond_full_scale_are_scaled_down_and_told(tmp_path: Path) -> None:
    sound = noise(1) * 50
    write(tmp_path / "data" / "a.wav", sound, subtype="FLOAT")
    dataset, notices = opened(tmp_path / "data", audio__normalization="none", audio__taper_ms=0.0)
    assert any("1 file beyond full scale" in notice for notice in notices)
    expected = 0.95 * sound[:1000] / np.abs(sound).max()
    np.testing.assert_allclose(dataset.batch([0])[0, 0].numpy(), expected, atol=1e-4)


def test_peaks_that_resampling_lifts_are_clipped_and_told(tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.wav", np.sign(noise(1, rate=4000)), 4000, subtype="PCM_16")
    dataset, notices = opened(tmp_path / "data", audio__normalization="none")
    assert any("3 clips exceed full scale" in notice for notice in notices)
    assert dataset.batch([0]).abs().max() == 1


def test_damaged_files_are_named_counted_and_cost_nothing_else(tree: Path) -> None:
    (tree / "empty.wav").touch()
    (tree / "text.wav").write_text("no sound " * 50)
    (tree / "notes.txt").write_text("ignored")
    write(tree / "nothing.wav", np.zeros(0, np.float32))
    write(tree / "one.wav", np.ones(1, np.float32))
    data = write(tree / "cut.flac", noise(20)).read_bytes()
    (tree / "cut.flac").write_bytes(data[: len(data) // 2])
    for _ in range(2):  # from the cache as well
        dataset, notices = opened(tree)
        warnings = [notice for notice in notices if notice.startswith("Warning")]
        assert len(warnings) == 4
        for name in ("empty.wav", "text.wav", "nothing.wav", "cut.flac"):
            assert sum(name in warning for warning in warnings) == 1
        assert any("damaged at" in warning and "is used" in warning for warning in warnings)
        assert dataset.dropped == {"damaged": 2, "no samples": 1, "shorter than 0.1 s": 1}
        assert sum(source.startswith("réc") for source in dataset.sources) == 36
        assert sum(source.startswith("cut") for source in dataset.sources) > 25


def test_many_damaged_files_are_summed_up(tree: Path) -> None:
    for index in range(25):
        (tree / f"x{index}.wav").touch()
    _, notices = opened(tree)
    warnings = [notice for notice in notices if notice.startswith("Warning")]
    assert len(warnings) == 11
    assert "15 more" in warnings[-1]


def test_files_for_ffmpeg_are_named_with_the_cure(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tree))
    (tree / "a.m4a").write_bytes(b"x")
    dataset, notices = opened(tree)
    assert dataset.dropped == {"needs ffmpeg": 1}
    assert any("install ffmpeg" in notice for notice in notices)


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_unreadable_files_and_folders_are_warned_of(open_folder: Path) -> None:
    for name in ("data/a.wav", "data/b.wav", "data/closed/c.wav"):
        write(open_folder / name, noise(1))
    (open_folder / "cache").mkdir(mode=0o777)
    (open_folder / "cache").chmod(0o777)
    (open_folder / "data" / "b.wav").chmod(0)
    (open_folder / "data" / "closed").chmod(0)
    with unprivileged():
        dataset, notices = opened(open_folder / "data")
    (open_folder / "data" / "closed").chmod(0o755)
    assert len(dataset.train) == 3
    assert sum("Permission denied" in notice for notice in notices) == 2


@pytest.mark.parametrize("mode", [0, 0o444, 0o333])
@pytest.mark.parametrize("place", ["", "data"])
def test_a_closed_data_set_is_told(open_folder: Path, mode: int, place: str) -> None:
    write(open_folder / "above" / "data" / "a.wav", noise(1))
    closed = open_folder / "above" / place
    if not place and mode == 0o333:
        pytest.skip("the folder above need not be listed")
    closed.chmod(mode)
    with unprivileged(), pytest.raises(UserError, match=r"cannot be read \(Permission denied\).*--data"):
        opened(open_folder / "above" / "data", dataset__cache_dir=str(open_folder / "cache"))
    closed.chmod(0o755)


def test_missing_folder_tells_three_ways_on(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        opened(tmp_path / "nowhere")
    for part in (
        str(tmp_path / "nowhere"),
        "dataset.base_path",
        "--data",
        "prepare RAW",
        "--config config_test",
    ):
        assert part in str(caught.value)


def test_empty_folder_and_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(UserError, match="no audio file"):
        opened(tmp_path / "data")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file"):
        opened(tmp_path / "file")


def test_nothing_usable_tells_why(tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.wav", np.zeros(2000, np.float32))
    with pytest.raises(UserError, match="3 silent"):
        opened(tmp_path / "data")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "a.wav").touch()
    with pytest.raises(UserError, match="1 damaged"):
        opened(tmp_path / "damaged")


def test_validation_without_training_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "data" / "validation" / "a" / "1.wav", noise(0.5))
    (tmp_path / "data" / "train").mkdir()
    with pytest.raises(UserError, match="validation folder"):
        opened(tmp_path / "data")
