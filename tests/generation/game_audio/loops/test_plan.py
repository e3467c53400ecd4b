import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.generation.game_audio.loops.plan import LONGEST_S, SHORTEST_S, parse_loads, parse_speeds, plan_loop
from wavegan_src.utils.errors import UserError

FRAME_S = 64 / 22050


@pytest.mark.parametrize(
    ("text", "speeds"),
    [
        ("800:2000:600", (800, 1400, 2000)),
        ("800:1900:600", (800, 1400)),
        ("3000", (3000,)),
        ("800, 1200,800", (800, 1200)),
    ],
)
def test_speeds(text: str, speeds: tuple[float, ...]) -> None:
    assert parse_speeds(text) == speeds


@pytest.mark.parametrize(
    "text",
    ["", "a", "800:7000", "800:7000:0", "800:7000:-5", "7000:800:100", "10", "nan", "1e9", "60:20000:0.1", "1,,2"],
)
def test_speeds_that_are_none(text: str) -> None:
    with pytest.raises(UserError, match="--rpm"):
        parse_speeds(text)


@pytest.mark.parametrize("text", ["", "x", "2", "-0.1", "nan", "0,1,7"])
def test_loads_that_are_none(text: str) -> None:
    with pytest.raises(UserError, match="--load"):
        parse_loads(text)


def test_loads() -> None:
    assert parse_loads("0,0.5,1,0") == (0, 0.5, 1)


@given(st.floats(200, 15000), st.sampled_from([60.0, 120.0]))
def test_a_loop_has_whole_cycles_at_nearly_the_speed(rpm: float, rpm_per_hertz: float) -> None:
    plan = plan_loop(rpm, 0.5, FRAME_S, rpm_per_hertz)
    rendered = plan.cycles * rpm_per_hertz / (plan.frames * FRAME_S)
    assert rendered == pytest.approx(rpm, rel=0.0015), "resampling has to stretch it by less than one can hear"
    assert SHORTEST_S * 0.99 <= plan.frames * FRAME_S <= LONGEST_S * 1.01
