import re
from dataclasses import replace

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import scs
from wavegan_src.generation.game_audio.bank.targets.table import target_named


def test_every_pointer_has_its_unit(bank: Bank) -> None:
    texts = scs.texts(bank)
    accessory = texts["def/vehicle/truck/v8/sound/v8_ext.sii"]
    units = texts["def/vehicle/truck/v8/sound/v8_ext_data.sui"]
    assert "exterior_sound: true" in accessory
    assert re.findall(r"engine(?:_load)?\[\]: (\.\w+)", accessory) == re.findall(r"sound_engine_data : (\.\w+)", units)
    assert accessory.count("{") == accessory.count("}") == 2
    first = units.split("\n\n")[0]
    assert f'name: "/{target_named("scs").sounds("v8")}v8_ext_off_01200rpm.wav"' in first
    assert re.findall(r"(pitch_reference|min_rpm|max_rpm): ([\d.]+)", first) == [
        ("pitch_reference", "1200.0"),
        ("min_rpm", "600.0"),
        ("max_rpm", "2400.0"),
    ]


def test_sounds_lead_to_events_of_one_bank(bank: Bank) -> None:
    texts = scs.texts(bank)
    named = re.findall(r'"(\w+)\|/([^"]+)"', texts["def/vehicle/truck/v8/engine/sound.sui"])
    assert [event for event, _ in named] == ["engine", "exhaust"]
    for event, path in named:
        assert texts[path] == f'source="/sound/truck/v8.bank#engine/{event}"\n'


def test_recordings_from_inside_are_interior_sounds(bank: Bank) -> None:
    inside = scs.texts(replace(bank, facts=replace(bank.facts, place="int")))
    accessory = inside["def/vehicle/truck/v8/sound/v8_int.sii"]
    assert "exterior_sound: false" in accessory
    assert "v8.YOUR_TRUCK.isound" in accessory
