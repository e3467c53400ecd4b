import numpy as np
import pytest

from tests.support.driving import RATE
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.contents import Bank, Role
from wavegan_src.generation.game_audio.bank.making import audible, make_bank, with_volumes
from wavegan_src.generation.game_audio.bank.plan import make_plan


def test_a_bank_has_loops_idle_limiter_and_ramps(bank: Bank) -> None:
    assert [loop.file for loop in bank.over_speed(1.0)] == [f"v8_ext_on_0{rpm}rpm.wav" for rpm in (1200, 2400, 6000)]
    assert [loop.file for loop in bank.over_speed(0.0)] == [f"v8_ext_off_0{rpm}rpm.wav" for rpm in (1200, 2400, 6000)]
    idle, limiter = bank.only(Role.IDLE), bank.only(Role.LIMITER)
    assert idle is not None
    assert idle.file == "v8_ext_idle_00960rpm.wav"
    assert 4 <= len(idle.samples) / RATE <= 6
    assert limiter is not None
    assert limiter.file == "v8_ext_limiter_06000rpm.wav"
    assert [loop.extrapolated for loop in bank.over_speed(1.0)] == [False, False, True]
    assert list(bank.left_out) == ["start"]
    for loop in bank.loops:
        assert len(loop.samples) % 2 == 0
        assert loop.cycles * 120 / (len(loop.samples) / RATE) == pytest.approx(loop.rpm)
        if loop.role is not Role.LIMITER:
            assert loop.rpm == pytest.approx(float(loop.file[-12:-7]), rel=1e-3)


def test_volumes_give_back_the_engines_own_levels(bank: Bank) -> None:
    """What a file was raised by is what its volume takes away, up to one factor for all."""
    factors = [20 * np.log10(loop.volume) + loop.gain_db for loop in bank.loops]
    np.testing.assert_allclose(factors, factors[0], atol=1e-9)
    assert max(loop.volume for loop in bank.loops) == pytest.approx(1)
    baked = with_volumes(list(bank.loops), levels_in_files=True)
    for before, after in zip(bank.loops, baked, strict=True):
        np.testing.assert_allclose(after.samples, before.volume * before.samples, atol=1e-6)
        assert (after.volume, after.level_db) == (1, before.level_db)
    np.testing.assert_allclose([loop.gain_db for loop in baked], factors[0], atol=1e-9)


def test_a_loop_is_heard_from_neighbour_to_neighbour() -> None:
    assert audible([1000.0, 1500.0, 2000.0]) == {1000: (500, 1500), 1500: (1000, 2000), 2000: (1500, 4000)}
    assert audible([900.0]) == {900: (450, 1800)}


def test_a_bank_has_no_gap_between_loops(bank: Bank) -> None:
    for load in (0.0, 1.0):
        slow, middle, fast = bank.over_speed(load)
        assert slow.audible == (slow.rpm / 2, middle.rpm)
        assert middle.audible == (slow.rpm, fast.rpm)
        assert fast.audible == (middle.rpm, 2 * fast.rpm)


def test_what_is_not_there_is_said(driver: Driver) -> None:
    plan = make_plan((3000.0,), (1500.0, 4000.0), 17, RATE)
    bank = make_bank(driver, plan, bits=16, levels_in_files=False, on_part=lambda _: None)
    assert bank.ramps == []
    assert bank.only(Role.IDLE) is None
    assert list(bank.left_out) == ["start", "ramps", "idle"]
