"""A bank for every target, read back by programs that are not ours."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from wavinfo import WavInfoReader

from tests.support.audio import tree_bytes
from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST
from wavegan_src.generation.game_audio.bank.targets.table import TARGETS, target_named
from wavegan_src.generation.game_audio.bank.targets.target import Target
from wavegan_src.generation.game_audio.bank.writing import write_bank


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_folder_holds_what_its_manifest_says(bank: Bank, tmp_path: Path, target: Target) -> None:
    files = write_bank(bank, target, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert there - {".wavegan.json"} == {*manifest["files"], MANIFEST} == set(files)
    assert (manifest["target"], manifest["seed"], manifest["data_licence"]) == (target.name, 17, "CC BY 4.0")
    for entry in (*manifest["loops"], *manifest["ramps"]):
        sound, rate = sf.read(tmp_path / "out" / entry["file"])
        assert (rate, len(sound)) == (manifest["sample_rate"], entry["samples"])
    readme = (tmp_path / "out" / "README.md").read_text()
    steps = [line for line in readme.splitlines() if line[:2] in {f"{number}." for number in range(1, 10)}]
    assert len(steps) == 5, "the import in five lines"
    assert "There is no start: " in readme
    assert "CC BY 4.0" in readme


def test_every_loop_has_exactly_one_valid_region(bank: Bank, tmp_path: Path) -> None:
    """Unreal refuses a region beyond the sound, Wwise takes only one."""
    write_bank(bank, target_named("wwise"), tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    for entry in manifest["loops"]:
        info = WavInfoReader(str(tmp_path / entry["file"]))
        (region,) = info.smpl.sample_loops
        assert 0 == region.start == entry["loop_start"] < region.end == entry["loop_end"] == entry["samples"] - 1
        assert region.repetition_count == 0
    assert WavInfoReader(str(tmp_path / manifest["ramps"][0]["file"])).smpl is None


def test_a_ramps_table_says_its_speed_over_time(bank: Bank, tmp_path: Path) -> None:
    write_bank(bank, target_named("fmod"), tmp_path)
    rows = list(csv.DictReader((tmp_path / "v8_ext_off_ramp.csv").read_text().splitlines()))
    times, rpm = (np.array([float(row[name]) for row in rows]) for name in ("time_s", "rpm"))
    np.testing.assert_allclose(rpm, 6000 - 4800 * times / 8)
    assert {row["load"] for row in rows} == {"0"}


def test_the_same_bank_gives_the_same_bytes_and_replaces_itself(bank: Bank, tmp_path: Path) -> None:
    for name in ("a", "b", "b"):
        write_bank(bank, target_named("godot"), tmp_path / name)
    assert tree_bytes(tmp_path / "a") == tree_bytes(tmp_path / "b")
    write_bank(bank, target_named("scs"), tmp_path / "b")
    assert not list((tmp_path / "b").glob("*.gd")), "nothing is left of another target"
