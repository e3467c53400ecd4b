"""Stand-in clips are never taken for recordings."""

from pathlib import Path

import pytest

from tests.support.audio import noise, opened, write
from wavegan_src.data.split.finding import all_stand_ins, is_stand_in

NAMES = ("procedural_00003_four_idle.wav", "procedural_stand_in_01.wav", "generated_from_procedural_seed1.wav")


def test_names_of_stand_ins() -> None:
    assert all(is_stand_in(f"folder/{name}") for name in NAMES)
    assert not any(map(is_stand_in, ("procedural_car.wav", "my_procedural_00003_four.wav", "idle.wav")))
    assert all_stand_ins(NAMES)
    assert not all_stand_ins([])


def test_among_recordings_they_are_left_out(tmp_path: Path) -> None:
    for index in range(3):
        write(tmp_path / "data" / f"{index}.wav", noise(1, index))
    before, _ = opened(tmp_path / "data")
    write(tmp_path / "data" / "deep" / NAMES[0], noise(1, 9))
    after, notices = opened(tmp_path / "data")
    assert after.fingerprint == before.fingerprint
    assert any("1 procedural stand-in clips, such as deep/procedural_00003_four_idle.wav" in line for line in notices)


@pytest.mark.parametrize("names", [NAMES[:2], ("any.wav", "other.wav")])
def test_a_folder_of_them_is_read_and_never_called_recordings(tmp_path: Path, names: tuple[str, ...]) -> None:
    for index, name in enumerate(names):
        write(tmp_path / "data" / name, noise(0.5, index))
    (tmp_path / "data" / "README.txt").write_text("Procedural stand-in data\n")
    dataset, notices = opened(tmp_path / "data")
    assert dataset.procedural
    assert len(dataset.train) == len(dataset.validation) == 1
    assert any("no recordings" in line for line in notices)
