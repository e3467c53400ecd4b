import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.studies import RATE, small_data, sounds
from wavegan_src.evaluation.augmentation_study.arms import Condition, conditions
from wavegan_src.evaluation.augmentation_study.features import log_mel
from wavegan_src.evaluation.augmentation_study.material import Material, make_material, make_test_sets


def render(label: int, first: int, count: int) -> NDArray[np.float32]:
    return np.concatenate([sounds(label, 1, 100 + number) for number in range(first, first + count)])


@pytest.fixture(scope="module")
def material() -> Material:
    return make_material(small_data(), (0.5, 2.0), (0, 1), render)


def of(name: str) -> Condition:
    return next(condition for condition in conditions((0.5, 2.0)) if condition.name == name)


@pytest.mark.parametrize(
    ("name", "clips"),
    [
        ("real", 16),
        ("classical_0.5", 24),
        ("classical_2", 48),
        ("generated_2", 48),
        ("both_0.5", 32),
        ("both_2", 80),
        ("generated_only_0.5", 8),
        ("shuffled_1", 32),
        ("shuffled_only_1", 16),
        ("planted_1", 16),
    ],
)
def test_each_arm_has_its_clips_in_equal_shares(name: str, clips: int, material: Material) -> None:
    spectrograms, labels = material.training_set(of(name))
    assert len(spectrograms) == len(labels) == clips
    assert np.bincount(labels).tolist() == [clips // 2, clips // 2]


def test_generated_clips_are_those_of_the_class_and_seed(material: Material) -> None:
    spectrograms, labels = material.training_set(of("generated_only_0.5"))
    expected = np.concatenate([log_mel(render(label, 100_000, 4), RATE) for label in (0, 1)])
    np.testing.assert_array_equal(spectrograms, expected)
    assert labels.tolist() == [0] * 4 + [1] * 4


def test_a_larger_ratio_contains_a_smaller_one_and_others_do_not_change_it(material: Material) -> None:
    alone = make_material(small_data(), (0.5,), (0, 1), render)
    for name in ("classical_0.5", "generated_0.5", "shuffled_1", "planted_1"):
        for one, other in zip(alone.training_set(of(name)), material.training_set(of(name)), strict=True):
            np.testing.assert_array_equal(one, other)
    few, many = (material.training_set(of(f"classical_{ratio}"))[0] for ratio in ("0.5", "2"))
    assert {clip.tobytes() for clip in few} < {clip.tobytes() for clip in many}


def test_shuffled_labels_are_those_of_the_other_clips(material: Material) -> None:
    spectrograms, shuffled = material.training_set(of("shuffled_only_1"))
    honest = material.generated
    taken = honest.first([8, 8])
    np.testing.assert_array_equal(spectrograms, honest.spectrograms[taken])
    assert sorted(shuffled) == sorted(honest.labels[taken])
    assert (shuffled != honest.labels[taken]).any()


def test_the_planted_clips_differ_by_their_tone_only(material: Material) -> None:
    blind, labels = material.training_set(of("shuffled_only_1"))
    marked, same = material.training_set(of("planted_1"))
    np.testing.assert_array_equal(labels, same)
    changed = np.abs(marked - blind).mean(2).argmax(1)
    assert all(len(set(changed[labels == label].tolist())) <= 3 for label in (0, 1))
    assert set(changed[labels == 0].tolist()).isdisjoint(changed[labels == 1].tolist())


def test_the_test_clips_have_the_tone_of_their_class() -> None:
    plain, marked = make_test_sets(small_data())
    labels = small_data().test.labels
    changed = np.abs(marked - plain).mean(2).argmax(1)
    assert set(changed[labels == 0].tolist()).isdisjoint(changed[labels == 1].tolist())
