from pathlib import Path

import numpy as np
import pytest

from tests.support.studies import MadeUpGenerators, small_data, small_design
from wavegan_src.evaluation.augmentation_study.folder import StudyFolder
from wavegan_src.evaluation.augmentation_study.scoring import PASSED
from wavegan_src.evaluation.augmentation_study.study import missing, run_study
from wavegan_src.utils.progress import no_progress


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    made = StudyFolder(tmp_path)
    made.create()
    return made


def test_both_controls_pass_on_classes_that_can_be_told_apart(folder: StudyFolder) -> None:
    generators = MadeUpGenerators()
    design = small_design(seeds=1, steps=12)
    results = {
        result.condition.arm.name: result for result in run_study(small_data(), design, folder, generators, no_progress)
    }
    assert generators.trained == ["low", "middle"]
    assert results["real"].macro_f1 > 0.9
    assert results["shuffled"].verdict == results["planted"].verdict == PASSED


def test_an_interrupted_study_goes_on_and_ends_the_same(folder: StudyFolder, tmp_path: Path) -> None:
    data, design = small_data(), small_design(seeds=1)
    whole = run_study(data, design, folder, MadeUpGenerators(), no_progress)
    other = StudyFolder(tmp_path / "other")
    other.create()
    with pytest.raises(KeyboardInterrupt):
        run_study(data, design, other, MadeUpGenerators(break_off_at="middle"), no_progress)
    assert other.is_trained("low")
    assert not other.is_trained("middle")
    again = MadeUpGenerators()
    assert run_study(data, design, other, again, no_progress) == whole
    assert again.trained == ["middle"]


def test_only_what_is_missing_is_done(folder: StudyFolder) -> None:
    data, design = small_data(), small_design()
    whole = run_study(data, design, folder, MadeUpGenerators(), no_progress)
    gone = sorted((folder.root / "trials").glob("*_seed1.json"))[:2]
    kept = {path: path.stat().st_mtime_ns for path in (folder.root / "trials").iterdir() if path not in gone}
    for path in gone:
        path.unlink()
    assert {trial.name for trial in missing(data, design, folder)} == {path.stem for path in gone}
    again = MadeUpGenerators()
    assert run_study(data, design, folder, again, no_progress) == whole
    assert again.trained == []
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    third = MadeUpGenerators()
    assert run_study(data, design, folder, third, no_progress) == whole
    assert third.rendered == 0


def test_more_seeds_and_ratios_keep_what_is_there(folder: StudyFolder) -> None:
    data = small_data()
    small = run_study(data, small_design(seeds=1), folder, MadeUpGenerators(), no_progress)
    more = small_design(ratios=(0.5, 1.0), seeds=2)
    assert len(missing(data, more, folder)) == 12 + 4
    large = run_study(data, more, folder, MadeUpGenerators(), no_progress)
    first = {result.condition: result.by_seed[0] for result in large}
    assert all(first[result.condition] == result.by_seed[0] for result in small)
    np.testing.assert_array_equal([len(result.by_seed) for result in large], 2)
