"""What is measured of the model at every checkpoint: distance to real clips, and the critic's view of unseen ones."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.errors import UserError
from wavegan_src.evaluation.checkpoint_measures import CHECKPOINT_MEASURES, CheckpointMeasures
from wavegan_src.randomness import indexed_latents
from wavegan_src.sampling import render
from wavegan_src.spectral_distance import describe_clips, frechet_distance
from wavegan_src.wgan import WGAN

MAX_CLIPS = 128
MEASURED_CLIPS = 64  # of the measures on embeddings, which cost more
CRITIC_BATCH = 16

Values = dict[str, float | None]


@dataclass(frozen=True)
class CheckpointQuality:
    """One checkpoint's measures, the columns of `checkpoint_metrics.csv`; None where it could not be measured."""

    logmel_frechet: float | None  # generated against validation clips
    logmel_frechet_real: float | None  # training against validation clips: what a perfect generator would reach
    logmel_frechet_noise: float | None  # white noise at the real level against validation clips
    compared_clips: int  # clips on each side of these distances
    critic_real_training: float
    critic_real_validation: float | None
    critic_generated: float
    overfitting_gap: float | None  # (training - validation) / (training - generated): rises when the critic memorises
    generated_rms_db: float | None  # level, dBFS; None when nothing but silence is generated
    measured_clips: int  # clips on each side of the measures below
    kad_real: float | None  # training against validation clips
    measures: Values  # of `CHECKPOINT_MEASURES`

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
