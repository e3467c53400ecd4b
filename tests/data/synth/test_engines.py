"""The typed engines: layouts, arithmetic of rates, lookup by name."""

import numpy as np
import pytest

from wavegan_src.data.synth.engines import CLASSES, LAYOUTS, find_class, find_state
from wavegan_src.data.synth.places import PLACES
from wavegan_src.utils.errors import UserError


def _intervals(name: str) -> list[float]:
    """Degrees of crank between consecutive firings of a four-stroke."""
    firing = np.sort(LAYOUTS[name].firing)
    return [float(value) for value in np.round(720 * np.diff(firing, append=1 + firing[0]), 6)]


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
        ("twin_270", [270, 450]),
        ("v_twin_45", [315, 405]),
        ("v_twin_90", [270, 450]),
        ("twin_360", [360, 360]),
        ("inline_3", [240] * 3),
        ("v8_cross_plane", [90] * 8),
    ],
)
def test_firing_intervals(name: str, degrees: list[float]) -> None:
    assert _intervals(name) == degrees


def test_a_cross_plane_v8_is_uneven_within_each_bank() -> None:
    layout = LAYOUTS["v8_cross_plane"]
    for bank in (0, 1):
        firing = np.array(layout.firing)[np.array(layout.banks) == bank]
        assert len(firing) == 4
        assert sorted(set(np.round(720 * np.diff(firing, append=1 + firing[0])))) == [90, 180, 270]


def test_layouts_are_consistent() -> None:
    for layout in LAYOUTS.values():
        assert len(layout.firing) == len(layout.banks) == layout.cylinders
        assert all(0 <= share < 1 for share in layout.firing)
        assert set(layout.banks) <= {0, 1}


def test_classes_refer_to_what_exists() -> None:
    for engine in CLASSES.values():
        assert set(engine.layouts) <= set(LAYOUTS)
        assert {name for name, _ in engine.places} <= set(PLACES)
        assert sum(chance for _, chance in engine.places) == pytest.approx(1)


def test_firing_rate_of_a_four_cylinder_four_stroke() -> None:
    assert CLASSES["car_petrol"].firing_hz(900, 4) == pytest.approx(30)
    assert CLASSES["two_stroke"].firing_hz(6000, 1) == pytest.approx(100)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean motorbike"):
        find_class("motorbikes")
    with pytest.raises(UserError, match="did you mean cruise"):
        find_state("cruse")
    with pytest.raises(UserError, match="choose one of idle, cruise, rev"):
        find_state("zzzz")
