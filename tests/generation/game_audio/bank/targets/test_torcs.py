from xml.etree import ElementTree

import pytest

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import torcs


def test_the_loop_is_unpitched_at_its_own_speed(bank: Bank) -> None:
    """TORCS plays a sample at the pitch `rpm scale * rpm / 600`."""
    root = ElementTree.fromstring(torcs.texts(bank)["v8_sound.xml"].encode())
    section = root.find("section")
    assert section is not None
    assert section.get("name") == "Sound"
    values = {each.get("name"): each.get("val") or "" for each in section}
    assert values["engine sample"] == "v8_ext_on_02400rpm.wav", "1200 to 6000 rpm: the middle is 2683"
    assert float(values["rpm scale"]) * 2400 / 600 == pytest.approx(1, rel=1e-4)
