import csv
import io

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import wwise


def test_the_import_file_makes_a_container_for_each_load(bank: Bank) -> None:
    rows = list(csv.DictReader(io.StringIO(wwise.texts(bank)["v8_wwise.txt"]), delimiter="\t"))
    assert [row["Audio File"] for row in rows] == [loop.file for loop in bank.loops]
    paths = [row["Object Path"].split("\\") for row in rows]
    assert paths[0] == ["<Blend Container>v8", "<Blend Container>v8_on", "<Sound SFX>v8_ext_on_01200rpm"]
    assert paths[-1] == ["<Blend Container>v8", "<Sound SFX>v8_ext_limiter_06000rpm"]
    assert {row["Property[IsLoopingEnabled]"] for row in rows} == {"true"}
    assert all(-96 < float(row["Property[Volume]"]) <= 0 for row in rows)
