import pytest

from wavegan_src.evaluation.augmentation_study.arms import added_clips, conditions, parse_ratios, plan
from wavegan_src.utils.errors import UserError


def test_every_arm_is_trained_at_every_ratio_and_the_controls_once() -> None:
    names = [condition.name for condition in conditions([2, 0.5])]
    assert names[0] == "real"
    assert names[-3:] == ["shuffled_1", "shuffled_only_1", "planted_1"]
    assert sorted(names[1:-3]) == sorted(
        f"{arm}_{ratio}" for arm in ("classical", "generated", "both", "generated_only") for ratio in ("0.5", "2")
    )


def test_trials_have_names_of_their_own() -> None:
    trials = plan([0.5, 1, 2], 5)
    assert len(trials) == len({trial.name for trial in trials}) == 5 * (1 + 4 * 3 + 3)


def test_ratios_are_read_sorted() -> None:
    assert parse_ratios("2, 0.5,1") == (0.5, 1.0, 2.0)


@pytest.mark.parametrize("text", ["", "1,,2", "half", "0", "-1", "21", "nan", "inf", "1,1.0", "1;2"])
def test_bad_ratios_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--ratios"):
        parse_ratios(text)


@pytest.mark.parametrize(("ratio", "real", "added"), [(0.5, 9, 5), (1, 9, 9), (2, 9, 18), (0.1, 30, 3), (0.01, 3, 1)])
def test_at_least_one_clip_is_added(ratio: float, real: int, added: int) -> None:
    assert added_clips(ratio, real) == added
