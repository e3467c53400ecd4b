import re

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.manifest import manifest_of
from wavegan_src.generation.game_audio.bank.targets import unity


def test_the_component_reads_what_the_manifest_has(bank: Bank) -> None:
    """Unity's JSON reader leaves a field at its default where the name is another."""
    script = unity.texts(bank)["EngineSound.cs"]
    names = set(re.findall(r"public (?:string|float) (\w+);", script.split("class Bank")[0]))
    assert {"file", "role", "rpm", "volume"} < names
    for entry in manifest_of(bank, "unity", "", ".csv", [])["loops"]:
        assert names <= entry.keys()
        assert all(isinstance(entry[name], str | float | int) for name in names), "none is null"
