import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tests.support.driving import RATE, small_model
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.loops.files import MANIFEST, write_loops
from wavegan_src.generation.game_audio.loops.plan import LoopPlan, plan_loop
from wavegan_src.utils.errors import UserError


@pytest.fixture
def driver(tiny_values: dict[str, Any]) -> Driver:
    """Drives an engine whose recordings had 960 to 3840 rpm."""
    return Driver(small_model(tiny_values, "drive"))


def plans(driver: Driver) -> list[LoopPlan]:
    frame_s = driver.generator.hop / driver.generator.sample_rate
    return [plan_loop(rpm, load, frame_s, driver.rpm_per_hertz) for load in (0.0, 1.0) for rpm in (1200.0, 6000.0)]


def test_a_folder_holds_the_loops_and_says_what_they_are(driver: Driver, tmp_path: Path) -> None:
    done: list[int] = []
    assert write_loops(driver, plans(driver), 17, 48000, tmp_path / "out", done.append) == 4
    assert sum(done) == 4
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert (manifest["seed"], manifest["sample_rate"], manifest["rpm_range_of_recordings"]) == (17, 48000, [960, 3840])
    assert [entry["extrapolated"] for entry in manifest["loops"]] == [False, True, False, True]
    for entry, plan in zip(manifest["loops"], plans(driver), strict=True):
        sound, rate = sf.read(tmp_path / "out" / entry["file"])
        assert (rate, len(sound)) == (48000, entry["samples"])
        assert entry["cycles"] * 120 / (len(sound) / 48000) == pytest.approx(plan.rpm, rel=1e-4)
        assert np.abs(sound).max() <= 0.892
        level = 20 * np.log10(np.sqrt(np.mean(sound**2)))
        assert entry["level_db"] + entry["gain_db"] == pytest.approx(-20, abs=0.02)
        assert level <= -20 + 0.02


def test_the_same_seed_gives_the_same_bytes(driver: Driver, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_loops(driver, plans(driver)[:2], 3, RATE, tmp_path / name, lambda _: None)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_folder_with_other_things_is_left_alone(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        write_loops(driver, plans(driver), 17, 48000, tmp_path, lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_model_without_speeds_is_refused(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    still = Driver(small_model(tiny_values, "engine"))
    with pytest.raises(UserError, match="cannot be driven"):
        write_loops(still, [LoopPlan(1000.0, 0.5, 10, 300)], 17, 48000, tmp_path, lambda _: None)
