import json

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import beamng
from wavegan_src.generation.game_audio.bank.targets.table import target_named


def test_the_blend_has_off_load_then_on_load_samples(bank: Bank) -> None:
    texts = beamng.texts(bank)
    blend = json.loads(texts["art/sound/blends/v8.sfxBlend2D.json"])
    assert (blend["header"], blend["eventName"]) == ({"version": 1}, "event:>Engine>default")
    off, on = blend["samples"]
    folder = target_named("beamng").sounds("v8")
    assert [path for path, _ in off] == [f"{folder}v8_ext_off_0{rpm}rpm.wav" for rpm in (1200, 2400, 6000)]
    assert [round(rpm) for _, rpm in on] == [1200, 2400, 6000]


def test_the_part_names_the_blend(bank: Bank) -> None:
    (part,) = json.loads(beamng.texts(bank)["v8_sound.jbeam"]).values()
    assert part[part["mainEngine"]["soundConfig"]]["sampleName"] == "v8"
