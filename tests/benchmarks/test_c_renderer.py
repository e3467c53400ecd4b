"""The curve that the renderer's cost is measured on."""

from pathlib import Path

from benchmarks.c_renderer import SECONDS, curve
from wavegan_src.generation.driving.curve import read_curve


def test_it_goes_through_all_speeds_and_loads(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text(curve(700.0, 4200.0))
    found = read_curve(tmp_path / "curve.csv")
    assert found.load is not None
    assert found.seconds == SECONDS
    assert {*found.rpm} == {700.0, 4200.0}
    assert {*found.load} == {0.0, 1.0}
