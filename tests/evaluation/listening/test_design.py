import numpy as np
import pytest

from tests.support.listening import RATE, clip_list, small_design
from wavegan_src.evaluation.listening.design import CONTROLS, REFERENCE, make_design
from wavegan_src.utils.errors import UserError


def test_every_rating_trial_has_every_condition_once_and_its_example_hidden() -> None:
    design = small_design(trials=4)
    assert design.conditions == (*CONTROLS, "ours", "theirs")
    assert len(design.ratings) == 4
    for trial in design.ratings:
        assert sorted(stimulus.condition for stimulus in trial.stimuli) == sorted(design.conditions)
        hidden = next(stimulus for stimulus in trial.stimuli if stimulus.condition == REFERENCE)
        assert hidden.clip == trial.reference.clip
        assert hidden.key != trial.reference.key
        np.testing.assert_array_equal(design.clips[hidden.key], design.clips[trial.reference.key])
    examples = [trial.reference.clip for trial in design.ratings]
    assert len(set(examples)) == 4  # none twice while there are others


def test_x_is_another_clip_of_the_kind_of_the_answer() -> None:
    design = small_design(abx=6)
    assert [trial.system for trial in design.abx].count("ours") == 6
    assert len(design.abx) == 12
    for trial in design.abx:
        assert {trial.a.condition, trial.b.condition} == {REFERENCE, trial.system}
        like = trial.a if trial.answer == "A" else trial.b
        assert trial.x.condition == like.condition
        assert trial.x.clip != like.clip
    for system in ("ours", "theirs"):  # guessing one letter is right half of the time
        assert sum(trial.answer == "A" for trial in design.abx if trial.system == system) == 3


def test_keys_give_nothing_away_and_the_seed_decides() -> None:
    one, same, other = small_design(), small_design(), small_design(seed=1)
    assert one.ratings == same.ratings
    assert one.abx == same.abx
    assert one.ratings != other.ratings
    assert len(one.clips) == len(set(one.clips))
    places = {trial.stimuli[0].condition for trial in small_design(trials=12).ratings}
    assert len(places) > 2  # no condition has a place of its own


def test_more_trials_than_clips_repeat_them_evenly() -> None:
    design = small_design(trials=11)
    shown = [stimulus.clip for trial in design.ratings for stimulus in trial.stimuli if stimulus.condition == "ours"]
    counts = [shown.count(name) for name in set(shown)]
    assert len(counts) == 5
    assert set(counts) <= {2, 3}


def test_too_few_clips_or_no_trials_are_refused_with_the_cure() -> None:
    real = clip_list(4, 0, "real")
    with pytest.raises(UserError, match="2 clips or more"):
        make_design(real, {"ours": clip_list(1, 1, "ours")}, RATE, trials=2, abx_trials=0, seed=0)
    with pytest.raises(UserError, match="--trials or --abx"):
        make_design(real, {"ours": clip_list(3, 1, "ours")}, RATE, trials=0, abx_trials=0, seed=0)
