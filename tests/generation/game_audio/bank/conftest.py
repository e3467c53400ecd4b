"""A small bank that tests share: an engine whose recordings had 960 to 3840 rpm, at three speeds."""

from pathlib import Path

import pytest

from tests.support.driving import RATE, small_model
from tests.support.runs import tiny
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.making import count_parts, make_bank
from wavegan_src.generation.game_audio.bank.plan import make_plan


@pytest.fixture(scope="session")
def driver(recordings: Path) -> Driver:
    return Driver(small_model(tiny(recordings, Path("run")), "drive"))


@pytest.fixture(scope="session")
def bank(driver: Driver) -> Bank:
    plan = make_plan((6000.0, 1200.0, 2400.0), driver.rpm_range, 17, RATE, name="v8", licence="CC BY 4.0")
    done: list[int] = []
    found = make_bank(driver, plan, bits=24, levels_in_files=False, on_part=done.append)
    assert sum(done) == count_parts(plan)
    return found
