import numpy as np
from numpy.typing import NDArray

from tests.support.studies import CPU, RATE, labelled
from wavegan_src.evaluation.augmentation_study.classifier import predict, train_classifier
from wavegan_src.evaluation.augmentation_study.features import log_mel
from wavegan_src.utils.progress import Advance


def predictions(seed: int, steps: int = 12, advance: Advance = lambda _: None) -> NDArray[np.int64]:
    training = labelled(3, 4, 0)
    spectrograms = log_mel(training.clips, RATE)
    model = train_classifier(spectrograms, training.labels, 3, steps=steps, seed=seed, device=CPU, advance=advance)
    return predict(model, log_mel(labelled(3, 20, 1).clips, RATE))


def test_classes_that_differ_are_told_apart_and_every_step_is_reported() -> None:
    steps: list[float] = []
    assert np.mean(predictions(0, advance=steps.append) == labelled(3, 20, 1).labels) > 0.9
    assert steps == [1] * 12


def test_the_same_seed_gives_the_same_predictions() -> None:
    np.testing.assert_array_equal(predictions(1, steps=2), predictions(1, steps=2))
    assert not np.array_equal(predictions(1, steps=2), predictions(2, steps=2))
