"""What is measured of the model at every checkpoint: distance to real clips, and the critic's view of unseen ones."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.dataset import ClipDataset
from wavegan_src.randomness import indexed_latents
from wavegan_src.sampling import render
from wavegan_src.spectral_distance import describe_clips, frechet_distance
from wavegan_src.wgan import WGAN

MAX_CLIPS = 128
CRITIC_BATCH = 16


@dataclass(frozen=True)
class CheckpointQuality:
    """One checkpoint's measures, the columns of `checkpoint_metrics.csv`; None where it could not be measured."""

    logmel_frechet: float | None  # generated against validation clips; the lowest one is the best model
    logmel_frechet_real: float | None  # training against validation clips at the same count, bias included
    logmel_frechet_noise: float | None  # white noise at the real level against validation clips
    compared_clips: int  # clips on each side of each distance
    critic_real_training: float
    critic_real_validation: float | None
    critic_generated: float
    overfitting_gap: float | None  # (training - validation) / (training - generated): rises when the critic memorises
    generated_rms_db: float | None  # level, dBFS; None when nothing but silence is generated


MEASURES = tuple(CheckpointQuality.__dataclass_fields__)


class QualityMeter:
    """Compares a model with the same real clips at every checkpoint; the real side is described once."""

    def __init__(self, dataset: ClipDataset, sample_rate: int, seed: int):
        self._dataset = dataset
        self._sample_rate = sample_rate
        self._seed = seed
        # With one recording there is nothing held out: the distance is then to the training clips themselves.
        held_out = len(dataset.validation) >= 2
        reference = dataset.validation if held_out else dataset.train
        self.count = min(len(dataset.train), len(reference), MAX_CLIPS)
        self._training = _spread(dataset.train, MAX_CLIPS)
        self._validation = _spread(dataset.validation, MAX_CLIPS)
        self._reference = self._describe(_spread(reference, self.count))
        self.noise_distance: float | None = None
        self.real_distance: float | None = None
        if self.count >= 2:
            self.noise_distance = self._distance(self._white_noise(_spread(reference, self.count)))
            if held_out:
                self.real_distance = self._distance(self._audible(_spread(dataset.train, self.count)))

    def measure(self, wgan: WGAN) -> CheckpointQuality:
        """Measure the averaged generator and the critic as they are now."""
        latents = indexed_latents(self._seed, "quality latents", 0, max(self.count, 2), wgan.config.model.latent_dim)
        heard_by_critic = torch.cat(list(render(wgan.ema_generator, latents, None)))
        whitening = self._dataset.whitening
        generated = heard_by_critic if whitening is None else whitening.invert(heard_by_critic)
        training = _mean_score(wgan, self._batches(self._training))
        validation = _mean_score(wgan, self._batches(self._validation)) if len(self._validation) else None
        fake = _mean_score(wgan, (part[:, None] for part in torch.split(heard_by_critic, CRITIC_BATCH)))
        level = float(generated.square().mean())
        return CheckpointQuality(
            logmel_frechet=self._distance(generated) if self.count >= 2 else None,
            logmel_frechet_real=self.real_distance,
            logmel_frechet_noise=self.noise_distance,
            compared_clips=self.count,
            critic_real_training=training,
            critic_real_validation=validation,
            critic_generated=fake,
            overfitting_gap=_ratio(training - validation, training - fake) if validation is not None else None,
            generated_rms_db=10 * float(np.log10(level)) if level > 1e-12 else None,
        )

    def _distance(self, clips: Tensor) -> float:
        return frechet_distance(describe_clips(clips, self._sample_rate), self._reference)

    def _describe(self, indices: NDArray[np.int64]) -> Tensor:
        return describe_clips(self._audible(indices), self._sample_rate)

    def _audible(self, indices: NDArray[np.int64]) -> Tensor:
        """Real clips `(clips, time)` as a listener has them, on the same way as generated ones."""
        if self._dataset.whitening is not None:
            return self._dataset.whitening.invert(self._dataset.batch(indices)).squeeze(1)
        return self._dataset.batch(indices).squeeze(1)

    def _white_noise(self, indices: NDArray[np.int64]) -> Tensor:
        """Gaussian white noise, each clip at the level of a real one."""
        real = self._audible(indices)
        noise = indexed_latents(self._seed, "white noise", 0, len(real), real.shape[1])
        return (noise * real.square().mean(1, keepdim=True).sqrt()).clamp(-1, 1)

    def _batches(self, indices: NDArray[np.int64]) -> Iterable[Tensor]:
        for start in range(0, len(indices), CRITIC_BATCH):
            yield self._dataset.batch(indices[start : start + CRITIC_BATCH])


def as_row(quality: CheckpointQuality) -> dict[str, float | None]:
    """The measures as CSV cells."""
    return asdict(quality)


@torch.no_grad()
def _mean_score(wgan: WGAN, batches: Iterable[Tensor]) -> float:
    """Mean critic score over clips `(batch, 1, time)`, phases unshuffled, in evaluation mode."""
    wgan.critic.eval()  # spectral norm must not take a power iteration: measuring changes nothing
    scores = torch.cat([wgan.critic(batch.to(wgan.device)) for batch in batches])
    wgan.critic.train()
    return float(scores.mean())


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None


def _spread(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the indices, evenly spread, so that every recording has its share."""
    if len(indices) <= count:
        return indices
    return indices[np.linspace(0, len(indices) - 1, count).round().astype(np.int64)]
