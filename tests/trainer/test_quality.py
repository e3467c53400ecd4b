import copy
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.support.runs import same
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.evaluation.checkpoint_measures import CHECKPOINT_MEASURES
from wavegan_src.metrics import CHECKPOINT_COLUMNS
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.trainer.quality import CheckpointQuality, QualityMeter, spread

CPU = torch.device("cpu")


class Returning(nn.Module):
    """A generator that gives the same clips `(batch, 1, time)` whatever it is asked for."""

    def __init__(self, clips: Tensor):
        super().__init__()
        self.clips = clips
        self.weight = nn.Parameter(torch.zeros(1), requires_grad=False)  # networks are asked for their device

    def forward(self, z: Tensor) -> Tensor:
        return self.clips[: len(z)]


@pytest.fixture
def dataset(tiny_config: Config) -> ClipDataset:
    return open_dataset(tiny_config)


def meter(dataset: ClipDataset, config: Config) -> QualityMeter:
    return QualityMeter(dataset, config)


def test_real_clips_are_nearer_than_noise_and_than_an_untrained_network(
    dataset: ClipDataset, tiny_config: Config
) -> None:
    quality = meter(dataset, tiny_config).measure(WGAN(tiny_config, CPU))
    assert quality.compared_clips == len(dataset.validation)
    assert quality.logmel_frechet_real is not None
    assert quality.logmel_frechet_noise is not None
    assert quality.logmel_frechet is not None
    assert quality.logmel_frechet_real < 0.5 * quality.logmel_frechet_noise
    assert quality.logmel_frechet_real < 0.5 * quality.logmel_frechet


def test_a_generator_that_returns_validation_clips_scores_zero(dataset: ClipDataset, tiny_config: Config) -> None:
    gan = WGAN(tiny_config, CPU)
    clips = dataset.batch(dataset.validation)
    gan.ema_generator = Returning(clips)  # type: ignore[assignment]
    quality = meter(dataset, gan.config).measure(gan)
    assert quality.logmel_frechet == pytest.approx(0, abs=0.1)
    assert quality.generated_rms_db == pytest.approx(10 * np.log10(float(clips.square().mean())), abs=0.01)


def test_scores_are_the_critics_unshuffled_means(dataset: ClipDataset, tiny_config: Config) -> None:
    gan = WGAN(tiny_config, CPU)
    quality = meter(dataset, gan.config).measure(gan)
    expected = gan.critic(dataset.batch(dataset.validation)).mean().item()
    assert quality.critic_real_validation == pytest.approx(expected, rel=1e-4)


def test_gap_is_zero_for_a_critic_that_sees_no_difference_between_the_sets(
    dataset: ClipDataset, tiny_config: Config
) -> None:
    gan = WGAN(tiny_config, CPU)
    gan.critic.forward = lambda x, shifts=None: x.abs().amax((1, 2))[:, None]  # type: ignore[method-assign]
    quality = meter(dataset, gan.config).measure(
        gan
    )  # every real clip has nearly the same peak: 0.95, less what the taper takes
    assert quality.overfitting_gap == pytest.approx(0, abs=0.02)


def test_silence_has_no_level(dataset: ClipDataset, tiny_config: Config) -> None:
    gan = WGAN(tiny_config, CPU)
    for parameter in gan.ema_generator.parameters():
        parameter.zero_()
    assert meter(dataset, gan.config).measure(gan).generated_rms_db is None


def test_diversity_is_that_of_the_data_for_its_own_clips_and_none_for_one_sound(
    dataset: ClipDataset, tiny_config: Config
) -> None:
    gan = WGAN(tiny_config, CPU)
    clips = dataset.batch(spread(dataset.train, len(dataset.validation)))
    gan.ema_generator = Returning(clips)  # type: ignore[assignment]
    assert meter(dataset, gan.config).measure(gan).diversity == pytest.approx(1, rel=1e-6)
    gan.ema_generator = Returning(clips[:1].expand(len(clips), -1, -1))  # type: ignore[assignment]
    assert meter(dataset, gan.config).measure(gan).diversity == 0


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_measuring_changes_nothing(dataset: ClipDataset, tiny_values: dict[str, Any], spectral_norm: bool) -> None:
    tiny_values["model"]["spectral_norm"] = spectral_norm
    gan = WGAN(validate(tiny_values, "test"), CPU)
    before = copy.deepcopy(gan.state_dict())
    random = torch.get_rng_state()
    measure = meter(dataset, gan.config)
    first = measure.measure(gan)
    assert measure.measure(gan) == first
    assert same(gan.state_dict(), before)
    assert torch.equal(torch.get_rng_state(), random)


def test_a_single_clip_has_no_distance(tiny_values: dict[str, Any], recordings: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.wav").write_bytes((recordings / "engine_0.wav").read_bytes())
    tiny_values["dataset"] = {"base_path": str(tmp_path / "one"), "overlap": 0.0}
    tiny_values["audio"] = {"sample_rate": 8192, "audio_length_seconds": 2.0, "audio_length_samples": 16384}
    config = validate(tiny_values, "test")
    quality = meter(open_dataset(config), config).measure(WGAN(config, CPU))
    assert (quality.logmel_frechet, quality.logmel_frechet_real, quality.overfitting_gap) == (None, None, None)
    assert quality.diversity is None


def test_the_critic_hears_whitened_clips_and_the_distance_audible_ones(tiny_values: dict[str, Any]) -> None:
    tiny_values["dataset"]["spectral_whitening"] = True
    config = validate(tiny_values, "test")
    dataset = open_dataset(config)
    gan = WGAN(config, CPU)
    clips = dataset.batch(dataset.validation)
    gan.ema_generator = Returning(clips)  # type: ignore[assignment]
    quality = meter(dataset, gan.config).measure(gan)
    assert quality.critic_generated == pytest.approx(quality.critic_real_validation, rel=1e-4)
    assert quality.logmel_frechet == pytest.approx(0, abs=0.1)


def test_compared_clips_are_spread_over_all_recordings() -> None:
    indices = np.arange(1000)
    chosen = spread(indices, 30)
    assert len(chosen) == 30
    assert (chosen[0], chosen[-1]) == (0, 999)
    assert np.diff(chosen).max() <= 36
    assert spread(indices[:7], 30).tolist() == list(range(7))


def test_a_checkpoint_fills_every_column_of_its_table() -> None:
    own = {field.name for field in fields(CheckpointQuality)} - {"measures", "primary", "left_out"}
    own |= {"primary_low", "primary_high"}
    row = {"epoch", "iteration", "generator_step", "best", "seconds"}
    assert own | set(CHECKPOINT_MEASURES) | row == set(CHECKPOINT_COLUMNS)
