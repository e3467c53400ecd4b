import csv
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, write
from tests.support.pulse_trains import RATE, evenly, pulse_train, steady
from wavegan_src.cli.judging.track import track
from wavegan_src.utils.errors import UserError


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_a_table_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = pulse_train(steady(1500, 1.0), evenly(4), (1, 0.6, 0.8, 0.7))
    write(tmp_path / "engine.wav", 0.5 * sound / np.abs(sound).max(), RATE)
    track(tmp_path / "engine.wav", cylinders=4, out=tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "engine_track.csv")
    assert list(rows[0]) == ["time_s", "rpm", "confidence"]
    found = [float(row["rpm"]) for row in rows if row["rpm"]]
    assert np.median(found) == pytest.approx(1500, rel=0.01)
    assert (tmp_path / "out" / "engine_track.png").stat().st_size
    assert "rpm" in capsys.readouterr().out


def test_noise_has_an_empty_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "noise.wav", noise(1))
    track(tmp_path / "noise.wav", out=tmp_path)
    rows = read_rows(tmp_path / "noise_track.csv")
    assert {row["rpm"] for row in rows} == {""}
    printed = " ".join(capsys.readouterr().out.split())
    assert "No speed was found" in printed
    assert "Give --cylinders" in printed


def test_strokes_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--strokes belongs to --cylinders"):
        track(tmp_path / "a.wav", strokes=2)
