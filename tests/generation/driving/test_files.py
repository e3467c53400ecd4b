"""The files of a driven sound."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.audio import tree_bytes
from wavegan_src.generation.driving.curve import read_curve, sweep
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.driving.files import TABLE_STEP_S, curve_table, write_drive
from wavegan_src.utils.errors import UserError


def test_sound_curve_and_picture_are_written(driver: Driver, tmp_path: Path) -> None:
    curve = sweep([1000, 3000], [0, 1], 0.3)
    done = write_drive(driver, curve, 7, tmp_path / "a")
    assert [path.name for path in (done.sound, done.table, done.picture)] == [
        f"drive_seed00007.{suffix}" for suffix in ("wav", "csv", "png")
    ]
    assert done.picture.stat().st_size
    sound, rate = soundfile.read(done.sound, dtype="float32")
    expected = np.concatenate(list(driver.render(curve, 7)))
    assert rate == 8192
    np.testing.assert_allclose(sound, expected, atol=1 / 32767)
    assert done.peak == pytest.approx(float(np.abs(expected).max()))
    write_drive(driver, curve, 7, tmp_path / "b")
    assert tree_bytes(tmp_path / "a") == tree_bytes(tmp_path / "b")


def test_the_table_is_the_curve_and_can_be_driven_again(tmp_path: Path) -> None:
    curve = sweep([1000, 3000, 2000], [0, 1], 2)
    (tmp_path / "a.csv").write_text(curve_table(curve))
    rows = list(csv.DictReader(curve_table(curve).splitlines()))
    assert list(rows[0]) == ["time_s", "rpm", "load"]
    assert len(rows) == round(2 / TABLE_STEP_S) + 1
    again = read_curve(tmp_path / "a.csv")
    assert again.load is not None
    np.testing.assert_allclose(again.at(np.linspace(0, 2, 41))[0], curve.at(np.linspace(0, 2, 41))[0])


def test_a_load_that_the_model_chose_is_empty_and_is_chosen_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(curve_table(sweep(1000, None, 0.1)))
    assert [row["load"] for row in csv.DictReader((tmp_path / "a.csv").read_text().splitlines())] == ["", "", ""]
    assert read_curve(tmp_path / "a.csv").load is None


@pytest.mark.parametrize("seconds", [0.11, 1.0, 1.03, 1.049])
def test_the_table_ends_where_the_curve_does(tmp_path: Path, seconds: float) -> None:
    (tmp_path / "a.csv").write_text(curve_table(sweep([1000, 2000], None, seconds)))
    again = read_curve(tmp_path / "a.csv")
    assert (again.seconds, again.rpm[-1]) == (seconds, 2000)


def test_a_folder_that_cannot_be_written_is_told(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Choose another folder with --out"):
        write_drive(driver, sweep(1000, None, 0.1), 0, tmp_path / "file")
