import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.runs import TINY_RATE
from tests.support.studies import write_classes
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.evaluation.augmentation_study.classes import StudyData, read_classes
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import no_progress

AUDIO = {"sample_rate": TINY_RATE, "audio_length_seconds": 0.25, "audio_length_samples": TINY_RATE // 4}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("engines")
    write_classes(root, {"diesel": 4, "petrol": 3})
    return root


def config() -> Config:
    return validate({"audio": AUDIO, "dataset": {"overlap": 0.0}}, "test")


def read(root: Path, fraction: float = 0.3, most: int | None = None, out: Path = Path("out")) -> StudyData:
    return read_classes(
        root, config(), test_fraction=fraction, most_recordings=most, seed=0, out=out, progress=no_progress
    )


def test_whole_recordings_are_held_out_of_every_class(engines: Path) -> None:
    data = read(engines)
    assert list(data.classes) == ["diesel", "petrol"]
    assert not set(data.training.recordings) & set(data.test.recordings)
    assert len(set(data.test.recordings)) == 2  # 30 % of 4 and of 3
    assert len(data.training) == 4 * (3 + 2)
    assert np.bincount(data.test.labels).tolist() == [4, 4]
    assert [name.startswith("diesel/") for name in data.test.recordings] == [label == 0 for label in data.test.labels]
    assert any("1 test recording" in notice for notice in data.notices)
    assert data.fingerprint == read(engines).fingerprint != read(engines, fraction=0.5).fingerprint


def test_fewer_training_recordings_do_not_change_the_test_recordings(engines: Path) -> None:
    data = read(engines, most=1)
    assert len(set(data.training.recordings)) == 2
    assert data.test.recordings == read(engines).test.recordings


def test_copies_of_a_take_are_one_recording(engines: Path, tmp_path: Path) -> None:
    shutil.copytree(engines, tmp_path / "engines")
    for number in range(3):
        shutil.copy(engines / "petrol" / "0.wav", tmp_path / "engines" / "petrol" / f"copy {number}.wav")
    data = read(tmp_path / "engines")
    assert len({name for name in [*data.training.recordings, *data.test.recordings] if name.startswith("petrol")}) == 3


def test_the_studys_own_and_hidden_folders_are_no_classes(engines: Path, tmp_path: Path) -> None:
    shutil.copytree(engines, tmp_path / "engines")
    write_classes(tmp_path / "engines", {"study": 2, ".trash": 2})
    assert list(read(tmp_path / "engines", out=tmp_path / "engines" / "study").classes) == ["diesel", "petrol"]


@pytest.mark.parametrize(
    ("recordings", "words"),
    [
        ({}, "holds no folder"),
        ({"diesel": 3}, "holds only the folder diesel"),
        ({"diesel": 3, "petrol": 1}, "The class petrol has one recording, 0.wav"),
        ({"diesel": 3, "petrol": 0}, "petrol.*no audio file"),
    ],
)
def test_too_little_is_refused_in_a_sentence(recordings: dict[str, int], words: str, tmp_path: Path) -> None:
    write_classes(tmp_path, recordings)
    with pytest.raises(UserError, match=words) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


def test_too_few_clips_are_refused_with_their_number(tmp_path: Path) -> None:
    write_classes(tmp_path, {"diesel": 3, "petrol": 3}, seconds=0.3)
    with pytest.raises(UserError, match="The class diesel has 2 clips to train on, of 2 recordings"):
        read(tmp_path)


def test_files_without_folders_or_no_folder_at_all(engines: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"DATA .*diesel holds no folder"):
        read(engines / "diesel")
    with pytest.raises(UserError, match="does not exist"):
        read(tmp_path / "nowhere")
    with pytest.raises(UserError, match="is a file"):
        read(engines / "diesel" / "0.wav")
