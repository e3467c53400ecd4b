"""The sign of overfitting with critics whose answer is known."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support.runs import same
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.trainer import ada as overfitting
from wavegan_src.trainer.ada import measure_overfitting

CPU = torch.device("cpu")


class Knowing(nn.Module):
    """A critic that scores clips that it knows by name, and all others otherwise."""

    def __init__(self, known: Tensor, score: float, others: Tensor, their_score: float, unknown: float):
        super().__init__()
        self.scores = {clip.numpy().tobytes(): score for clip in known}
        self.scores |= {clip.numpy().tobytes(): their_score for clip in others}
        self.unknown = unknown
        self.seen: list[bytes] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen += [clip.numpy().tobytes() for clip in x]
        return torch.tensor([[float(self.scores.get(clip.numpy().tobytes(), self.unknown))] for clip in x])


@pytest.fixture
def dataset(tiny_config: Config) -> ClipDataset:
    return open_dataset(tiny_config)


def knowing(dataset: ClipDataset, training: float, unseen: float, generated: float) -> Knowing:
    return Knowing(dataset.batch(dataset.train), training, dataset.batch(dataset.validation), unseen, generated)


@pytest.mark.parametrize(
    ("training", "unseen", "generated", "expected"),
    [(3, 3, 1, 0.0), (3, 1, 1, 1.0), (3, 2, -1, 0.25), (3, 4, 1, -0.5), (1, 0, 1, None), (1, 0, 2, None)],
)
def test_is_the_share_of_the_gap(
    dataset: ClipDataset,
    tiny_config: Config,
    training: float,
    unseen: float,
    generated: float,
    expected: float | None,
) -> None:
    gan = WGAN(tiny_config, CPU)
    gan.critic = knowing(dataset, training, unseen, generated)  # type: ignore[assignment]
    assert measure_overfitting(gan, dataset) == pytest.approx(expected)


def test_clips_are_as_they_are_however_strong_augmentation_is(dataset: ClipDataset, tiny_config: Config) -> None:
    gan = WGAN(tiny_config, CPU)
    gan.augmentation_strength = 0.8
    gan.critic = critic = knowing(dataset, 3, 2, 1)  # type: ignore[assignment]
    measure_overfitting(gan, dataset)
    real = len(dataset.train[: overfitting.CLIPS]) + len(dataset.validation[: overfitting.CLIPS])
    assert sum(clip in critic.scores for clip in critic.seen) == real


def test_depends_on_the_step_alone_and_takes_other_clips_at_another(
    dataset: ClipDataset, tiny_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overfitting, "CLIPS", 3)
    seen = []
    for step in (50, 50, 100):
        gan = WGAN(tiny_config, CPU)
        gan.iteration = step
        gan.critic = critic = knowing(dataset, 3, 2, 1)  # type: ignore[assignment]
        torch.rand(5)
        measure_overfitting(gan, dataset)
        seen.append(critic.seen)
    assert seen[0] == seen[1]
    assert set(seen[0]) != set(seen[2])
    assert len(seen[0]) == 9


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_measuring_changes_nothing(tiny_values: dict[str, Any], spectral_norm: bool) -> None:
    tiny_values["model"]["spectral_norm"] = spectral_norm
    config = validate(tiny_values, "test")
    gan = WGAN(config, CPU)
    before = copy.deepcopy(gan.state_dict())
    measure_overfitting(gan, open_dataset(config))
    assert same(before, gan.state_dict())
    assert gan.critic.training


def test_no_validation_clips_no_sign(tiny_values: dict[str, Any]) -> None:
    tiny_values["dataset"]["validation_fraction"] = 0.0
    config = validate(tiny_values, "test")
    assert measure_overfitting(WGAN(config, CPU), open_dataset(config)) is None
