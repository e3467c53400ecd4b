"""The estimate by headers alone."""

from pathlib import Path

import pytest

from tests.support.audio import LENGTH, make_config, noise, write
from wavegan_src.data.split.survey import survey
from wavegan_src.dataset import open_dataset
from wavegan_src.utils.errors import UserError


def test_survey_estimates_from_headers(tmp_path: Path) -> None:
    tree = tmp_path / "data"
    for index in range(4):
        write(tree / f"{index}.wav", noise(2.5, index))
    (tree / "empty.wav").touch()
    found = survey(make_config(tree, tmp_path / "cache"))
    dataset = open_dataset(make_config(tree, tmp_path / "cache"))
    assert (found.train_clips, found.validation_clips) == (len(dataset.train), len(dataset.validation))
    assert (found.files, found.recordings, found.validation_recordings) == (5, 4, 1)
    assert found.hours * 3600 == pytest.approx(10)
    assert found.cache_bytes == 36 * LENGTH * 2
    assert found.dropped == {"damaged": 1}
    assert "empty.wav" in found.problems[0]


def test_survey_of_procedural_data(tmp_path: Path) -> None:
    config = make_config("x", tmp_path, dataset__source="procedural", dataset__procedural_clips=100)
    found = survey(config)
    assert (found.train_clips, found.validation_clips, found.procedural) == (85, 15, True)


def test_survey_of_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"dataset\.base_path"):
        survey(make_config(tmp_path / "nowhere", tmp_path))
