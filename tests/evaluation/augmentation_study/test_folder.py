import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.studies import RATE, small_data
from wavegan_src.data.split.finding import all_stand_ins
from wavegan_src.evaluation.augmentation_study.arms import Condition, Trial, conditions
from wavegan_src.evaluation.augmentation_study.folder import Settings, StudyFolder
from wavegan_src.utils.errors import UserError

SETTINGS = Settings("abc", "def", 100, None, 300, 0, 1)
TRIAL = Trial(conditions((0.5,))[1], 3)


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    made = StudyFolder(tmp_path / "study")
    made.create()
    return made


def test_the_same_settings_go_on_and_others_are_refused_by_name(folder: StudyFolder) -> None:
    assert folder.earlier() is None
    folder.keep(SETTINGS)
    folder.keep(SETTINGS)
    assert folder.earlier() == SETTINGS
    for other, words in (
        (dataclasses.replace(SETTINGS, data="x"), "other clips"),
        (dataclasses.replace(SETTINGS, classifier_steps=7), "--classifier-steps"),
        (dataclasses.replace(SETTINGS, seed=7, minutes=2.0), "--minutes and another --seed"),
    ):
        with pytest.raises(UserError, match=f"{words}.*--out"):
            folder.keep(other)


@pytest.mark.parametrize("text", ["", "[]", '{"data": 1}', "\0"])
def test_damaged_settings_are_named(text: str, folder: StudyFolder) -> None:
    (folder.root / "study.json").write_text(text)
    with pytest.raises(UserError, match=r"study\.json is damaged"):
        folder.earlier()


def test_a_finished_trial_is_known_and_a_damaged_one_is_done_again(folder: StudyFolder) -> None:
    assert folder.predictions(TRIAL, 4, 2) is None
    folder.keep_predictions(TRIAL, np.array([0, 1, 1, 0]))
    found = folder.predictions(TRIAL, 4, 2)
    assert found is not None
    assert found.tolist() == [0, 1, 1, 0]
    assert folder.predictions(TRIAL, 5, 2) is None
    path = folder.root / "trials" / "classical_0.5_seed3.json"
    for text in ("", "[1]", "{}", '{"predicted": "x"}', '{"predicted": [1e99, {}]}', '{"predicted": [[0, 1], [1]]}'):
        path.write_text(text)
        assert folder.predictions(TRIAL, 4, 2) is None


def test_predictions_of_no_class_are_damage(folder: StudyFolder) -> None:
    folder.keep_predictions(TRIAL, np.array([0, 1, 7, 0]))
    assert folder.predictions(TRIAL, 4, 2) is None


def test_training_clips_are_those_of_the_class_by_recording(folder: StudyFolder) -> None:
    data = small_data()
    written = folder.write_training(data, 1)
    assert len(list(written.iterdir())) == 4
    files = sorted(written.rglob("*.wav"))
    samples = np.stack([soundfile.read(path)[0] for path in files])
    np.testing.assert_allclose(samples, data.training.clips[data.training.labels == 1], atol=2**-15)
    assert soundfile.info(files[0]).samplerate == RATE
    stand_in = folder.write_training(dataclasses.replace(data, stand_in=True), 0)
    assert all_stand_ins([path.name for path in stand_in.rglob("*.wav")])


def test_only_one_process_works_on_a_study(folder: StudyFolder) -> None:
    with folder.lock(), pytest.raises(UserError, match="Another process"), StudyFolder(folder.root).lock():
        pass


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("")
    with pytest.raises(UserError, match="--out"):
        StudyFolder(tmp_path / "study").create()


def test_names_of_conditions() -> None:
    assert isinstance(TRIAL.condition, Condition)
    assert TRIAL.name == "classical_0.5_seed3"
