import pytest

from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.utils.errors import UserError


@pytest.mark.parametrize(
    ("layout", "multiples"),
    [
        (EngineLayout(1), (1,)),
        (EngineLayout(3), (1, 3)),
        (EngineLayout(4), (1, 2, 4)),
        (EngineLayout(8), (1, 2, 4, 8)),
        (EngineLayout(2, 2), (1, 2)),
        (EngineLayout(2, 4, (315, 405)), (1,)),
        (EngineLayout(2, 4, (360, 360)), (1, 2)),
        (EngineLayout(6, 4, (150, 90) * 3), (1, 3)),
    ],
)
def test_how_often_the_sound_may_repeat_within_a_cycle(layout: EngineLayout, multiples: tuple[int, ...]) -> None:
    assert layout.multiples == multiples


def test_a_cycle_is_two_turns_or_one() -> None:
    assert EngineLayout(4).rpm_per_hertz == 120
    assert EngineLayout(1, 2).rpm_per_hertz == 60


@pytest.mark.parametrize(
    ("cylinders", "strokes", "intervals", "says"),
    [
        (0, 4, (), "0 cylinders"),
        (99, 4, (), "99 cylinders"),
        (4, 3, (), "3 strokes"),
        (2, 4, (720,), "1 firing intervals for 2"),
        (2, 4, (300, 300), "add up to 600"),
        (2, 4, (-20, 740), "add up to|intervals"),
    ],
)
def test_impossible_engines_are_refused(cylinders: int, strokes: int, intervals: tuple[float, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        EngineLayout(cylinders, strokes, intervals)
