import csv
import io

import pytest

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import fmod
from wavegan_src.generation.game_audio.bank.targets.sheet import cents


def test_the_sheet_has_a_row_a_loop_with_its_pitch_at_both_ends(bank: Bank) -> None:
    rows = list(csv.DictReader(io.StringIO(fmod.texts(bank)["sheet.csv"])))
    assert [row["file"] for row in rows] == [loop.file for loop in bank.loops]
    second = rows[1]
    assert [float(second[name]) for name in ("from_rpm", "to_rpm")] == [1200, 6000]
    assert float(second["cents_at_from"]) == pytest.approx(-1200, abs=2)
    assert all(float(row["volume_db"]) <= 0 for row in rows)
    assert {row["role"] for row in rows} == {"loop", "idle", "limiter"}


def test_an_octave_has_1200_cents() -> None:
    assert cents(3000, 1500) == 1200
    assert cents(1500, 1500) == 0
