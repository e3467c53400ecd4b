import re

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.targets import godot


def test_scene_and_script_are_about_the_same_loops(bank: Bank) -> None:
    texts = godot.texts(bank)
    scene, script = texts["v8.tscn"], texts["v8.gd"]
    resources = dict(re.findall(r'^\[ext_resource path="([^"]+)" type="\w+" id=(\d+)\]$', scene, re.M))
    files = [loop.file for loop in bank.loops]
    assert list(resources) == ["v8.gd", *files]
    assert f"load_steps={len(resources) + 1} " in scene
    node = r'^\[node name="(\w+)" type="AudioStreamPlayer3D" parent="."\]\nstream = ExtResource\( (\d+) \)$'
    players = re.findall(node, scene, re.M)
    assert [(f"{name}.wav", number) for name, number in players] == [(file, resources[file]) for file in files]
    rows = re.findall(r'^\t\{"name": "(\w+)".*"samples": (\d+)\},$', script, re.M)
    assert rows == [(loop.file[:-4], str(len(loop.samples))) for loop in bank.loops]
    assert not re.findall(r"^ +\S", script, re.M), "indented by tabs alone"
