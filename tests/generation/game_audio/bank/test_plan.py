import numpy as np
import pytest

from wavegan_src.generation.game_audio.bank.plan import LARGEST_STEP, MOST_SPEEDS, default_speeds, make_plan
from wavegan_src.utils.errors import UserError

RECORDED = (714.3, 2062.0)


@pytest.mark.parametrize("high", [800.0, 2062.0, 9000.0])
def test_speeds_cover_what_was_recorded_in_small_steps(high: float) -> None:
    speeds = default_speeds(714.3, high)
    assert (speeds[0], speeds[-1]) == (750, 50 * (high // 50))
    assert np.all(np.diff(speeds) > 0)
    assert np.max(np.divide(speeds[1:], speeds[:-1]), initial=1) < LARGEST_STEP + 0.02
    assert all(speed % 10 == 0 for speed in speeds)


def test_recordings_of_one_speed_give_one() -> None:
    assert default_speeds(903.0, 907.0) == [905]
    assert make_plan(None, (903.0, 907.0), 1, 48000).rpm == (905,)


def test_speeds_are_whole_sorted_and_single() -> None:
    assert make_plan((2000.4, 800.0, 1999.6), RECORDED, 1, 48000).rpm == (800, 2000)


def test_there_is_an_idle_where_recordings_idle() -> None:
    assert make_plan(None, RECORDED, 1, 48000).idle == 714
    assert make_plan(None, (1800.0, 4000.0), 1, 48000).idle is None


def test_names_say_what_is_in_a_file() -> None:
    plan = make_plan(None, RECORDED, 1, 48000)
    assert plan.loop_name("on", 3000.0) == "engine_ext_on_03000rpm.wav"
    assert plan.ramp_name("off") == "engine_ext_off_ramp"
    plan = make_plan(None, RECORDED, 1, 48000, name="v8_2", place="int")
    assert plan.loop_name("idle", 714.0) == "v8_2_int_idle_00714rpm.wav"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "../x"}, "--name ../x: give small letters"),
        ({"name": "V8"}, "--name V8"),
        ({"name": "a" * 41}, "at most 40"),
        ({"place": "front"}, "--place front: give ext"),
        ({"licence": "a\x07b"}, "--licence takes one line"),
        ({"licence": "x" * 201}, "up to 200 letters"),
    ],
)
def test_texts_that_cannot_be_used_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        make_plan(None, RECORDED, 1, 48000, **options)


def test_too_many_speeds_are_refused() -> None:
    with pytest.raises(UserError, match=f"101 speeds, and a bank has up to {MOST_SPEEDS}"):
        make_plan(tuple(np.arange(101.0) + 500), RECORDED, 1, 48000)


def test_a_licence_becomes_one_line() -> None:
    assert make_plan(None, RECORDED, 1, 48000, licence="CC  BY\n4.0 ").licence == "CC BY 4.0"
