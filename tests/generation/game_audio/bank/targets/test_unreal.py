import csv
import io
import re

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import unreal


def test_the_tables_columns_are_the_structures_fields(bank: Bank) -> None:
    texts = unreal.texts(bank)
    rows = list(csv.DictReader(io.StringIO(texts["v8_loops.csv"])))
    fields = re.findall(r"^\t(?:[\w<>]+) (\w+)(?: = .*)?;$", texts["EngineLoopRow.h"], re.M)
    assert list(rows[0]) == ["Name", *fields]
    assert rows[0]["Sound"] == "/Game/v8/v8_ext_on_01200rpm.v8_ext_on_01200rpm"
    assert [int(row["LoopEnd"]) for row in rows] == [len(loop.samples) - 1 for loop in bank.loops]
    assert len({row["Name"] for row in rows}) == len(rows)
