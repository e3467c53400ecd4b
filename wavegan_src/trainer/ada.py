"""Strength of augmentation over a run: off, fixed, or adapted to how much the critic memorises.

The adaptive rule comes from StyleGAN2-ADA (arXiv 2006.06676, section 3): at fixed intervals the strength p moves by a
small fixed step, up if the overfitting heuristic is above its target and down if it is below. The heuristic is the
paper's r_v, the critic's preference for training clips over unseen ones. The paper's other heuristic, the share of
training clips scored above 0, has no meaning for a Wasserstein critic, whose scores have no zero.
"""

from collections.abc import Mapping
from statistics import median
from typing import Any

import torch

from wavegan_src.config_schema import MAX_AUGMENTATION, TrainingConfig
from wavegan_src.dataset import ClipDataset
from wavegan_src.models.augmentation import first_strength
from wavegan_src.models.gan import AnyGAN
from wavegan_src.trainer.quality import mean_score, ratio
from wavegan_src.utils.device import upload
from wavegan_src.utils.random import draw_latents, keyed_generator

INTERVAL = 50  # critic steps between measurements, so that they cost a few per cent of the time
# The median of so many measurements decides. One measurement is a difference of two means over a few dozen clips and
# depends on the peculiarities of a few recordings; each uses other clips, and the median ignores outliers.
WINDOW = 5
# From 0 to the maximum in 40 measurements, 2000 steps: slower than the critic reacts to a new strength, as the
# paper recommends, and fast enough for runs of ten thousand steps.
STEP = 0.02
NO_SIGNAL = "there are no validation clips to measure whether the critic memorises"


def plan(training: TrainingConfig, validation_clips: int) -> str:
    """Describe a run's augmentation in a clause."""
    if training.augmentation == "off":
        return "off (training.augmentation)"
    if training.augmentation == "fixed":
        return f"fixed, each transformation of a clip with probability {training.augmentation_strength:g}"
    start = f"adaptive, each transformation of a clip with probability {training.augmentation_strength:g} at first"
    return start if validation_clips else f"{start}, and throughout: {NO_SIGNAL}"


class AdaptiveAugmentation:
    """The present strength, and the measurements that the next one depends on.

    Attributes:
        strength: probability of each transformation of each clip.
        signals: the latest values of the overfitting heuristic, at most `WINDOW`.
    """

    def __init__(self, training: TrainingConfig):
        self._adaptive = training.augmentation == "adaptive"
        self._target = training.augmentation_target
        self.strength = first_strength(training)
        self.signals: list[float] = []

    def due(self, iteration: int) -> bool:
        """Whether to measure overfitting after that many critic steps."""
        return self._adaptive and iteration % INTERVAL == 0

    def update(self, signal: float | None) -> None:
        """Add a value of `measure_overfitting`. Nothing changes if it is None, or before there are `WINDOW` of them."""
        if signal is None:
            return
        self.signals = [*self.signals, signal][-WINDOW:]
        if len(self.signals) == WINDOW:
            excess = median(self.signals) - self._target
            step = STEP if excess > 0 else -STEP if excess < 0 else 0.0
            self.strength = min(max(self.strength + step, 0.0), MAX_AUGMENTATION)

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint, as plain values."""
        return {"strength": self.strength, "signals": list(self.signals)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.strength, self.signals = state["strength"], list(state["signals"])


CLIPS = 32  # of each kind, different ones each time


@torch.no_grad()
def measure_overfitting(gan: AnyGAN, dataset: ClipDataset) -> float | None:
    """(E[D(training)] - E[D(unseen)]) / (E[D(training)] - E[D(generated)]), r_v of arXiv 2006.06676, equation 1.

    About 0 if the critic scores unseen clips like training clips, 1 if it scores them like generated ones. The clips
    come from the generator in training, the critic's opponent; the averaged one may score above real clips.

    Returns:
        None without validation clips, or if the critic does not distinguish training from generated clips.
    """
    if not len(dataset.validation):
        return None
    seed, step = gan.config.training.seed, gan.iteration
    scores = []
    for name, indices in (("training", dataset.train), ("validation", dataset.validation)):
        order = torch.randperm(len(indices), generator=keyed_generator(seed, f"overfitting, {name}", step))
        scores.append(mean_score(gan, [dataset.batch(indices[order[:CLIPS].numpy()])]))
    training, unseen = scores
    latents = draw_latents(seed, "overfitting, latents", step, CLIPS, gan.config.model.latent_dim)
    generated = mean_score(gan, [gan.generator(upload(latents, gan.device))])
    return ratio(training - unseen, training - generated)
