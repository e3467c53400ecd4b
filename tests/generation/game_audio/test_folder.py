import errno
import json
import os
from pathlib import Path

import pytest

from wavegan_src.generation.game_audio.folder import check_replaceable, whole_folder
from wavegan_src.utils.errors import UserError

MANIFEST = "bank.json"


def fill(folder: Path, *names: str) -> None:
    with whole_folder(folder, MANIFEST, "the bank") as stage:
        for name in names:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_text(name)
        (stage / MANIFEST).write_text(json.dumps({"files": list(names)}))


def fail(folder: Path, error: BaseException) -> None:
    with whole_folder(folder, MANIFEST, "the bank") as stage:
        (stage / "half.wav").write_text("half")
        raise error


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.name != ".wavegan.json"}


def test_a_folder_is_filled_and_filled_again_without_what_is_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "bank"
    fill(folder, "a.wav", "deep/er/b.wav")
    assert names_in(folder) == {MANIFEST, "a.wav", "deep", "deep/er", "deep/er/b.wav"}
    assert (folder / ".wavegan.json").is_file(), "its sounds are not taken for recordings"
    fill(folder, "c.wav")
    assert names_in(folder) == {MANIFEST, "c.wav"}


def test_a_failure_leaves_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "bank"
    with pytest.raises(KeyboardInterrupt):
        fail(folder, KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []
    fill(folder, "a.wav")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=r"The disk of the bank .* is full"):
        fail(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"notes.txt": "mine"}, "is not empty and holds no bank.json"),
        ({MANIFEST: '{"files": []}', "notes.txt": "mine"}, "more than its bank.json lists, such as notes.txt"),
        ({MANIFEST: "{", "a.wav": "mine"}, "more than its bank.json lists, such as a.wav"),
        ({MANIFEST: '{"files": [3, "../x"], "loops": [{"file": "b"}, 1]}', "a": "mine"}, "such as a"),
    ],
)
def test_what_is_not_of_a_bank_is_left_alone(tmp_path: Path, content: dict[str, str], said: str) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=said):
        fill(tmp_path, "b.wav")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == content


def test_a_manifest_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps({"files": ["../precious", str(tmp_path / "precious")]}))
    fill(folder, "a.wav")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match="out is a file: choose another folder with --out"):
        check_replaceable(tmp_path / "out", MANIFEST)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    dead, alive, foreign = tmp_path / ".4194305.partial", tmp_path / f".{os.getppid()}.partial", tmp_path / ".x.partial"
    for folder in (dead, alive, foreign):
        folder.mkdir()
        (folder / "half.wav").write_text("half")
    fill(tmp_path, "a.wav")
    assert not dead.exists(), "no process has a number beyond the system's highest"
    assert (alive / "half.wav").exists()
    assert (foreign / "half.wav").exists()
