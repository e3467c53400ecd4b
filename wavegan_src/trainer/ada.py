"""How strong augmentation is over a run: not at all, fixed, or driven by how far the critic memorises.

The adaptive rule is that of StyleGAN2-ADA (arXiv 2006.06676, section 3): at fixed intervals the strength p moves by a
fixed small step, up where the sign of overfitting is above its target and down where it is below. The sign is the
paper's r_v, the critic's preference for training clips over unseen ones, since the paper's other one, the share of
training clips that are scored above 0, has no meaning for a Wasserstein critic: its scores have no zero.
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

INTERVAL = 50  # critic steps between measurements, as many as keep their cost at a few per cent
# Measurements whose median decides. One is a difference of two means over a few dozen clips, and takes in a few
# recordings' own peculiarities: each takes other clips, and the median forgets the wildest.
WINDOW = 5
# From none to the most in 40 measurements, 2000 steps: slower than the critic reacts to another strength, as the
# paper asks, and fast enough for runs of ten thousand steps.
STEP = 0.02
NO_SIGNAL = "there are no validation clips to tell whether the critic memorises"


def plan(training: TrainingConfig, validation_clips: int) -> str:
    """What a run will do, in a clause."""
    if training.augmentation == "off":
        return "off (training.augmentation)"
    if training.augmentation == "fixed":
        return f"fixed, each transformation of a clip with probability {training.augmentation_strength:g}"
    start = f"adaptive, each transformation of a clip with probability {training.augmentation_strength:g} at first"
    return start if validation_clips else f"{start}, and throughout: {NO_SIGNAL}"


class AdaptiveAugmentation:
    """Which strength comes next, and what that depends on.

    Attributes:
        strength: probability of each transformation of each clip.
        signals: the latest signs of overfitting, at most `WINDOW`.
    """

    def __init__(self, training: TrainingConfig):
        self._adaptive = training.augmentation == "adaptive"
        self._target = training.augmentation_target
        self.strength = first_strength(training)
        self.signals: list[float] = []

    def due(self, iteration: int) -> bool:
        """Whether the sign of overfitting is to be measured after that many critic steps."""
        return self._adaptive and iteration % INTERVAL == 0

    def update(self, signal: float | None) -> None:
        """Take in a measurement: see `overfitting.measure_overfitting`. None, and too few of them, change nothing."""
        if signal is None:
            return
        self.signals = [*self.signals, signal][-WINDOW:]
        if len(self.signals) == WINDOW:
            excess = median(self.signals) - self._target
            step = STEP if excess > 0 else -STEP if excess < 0 else 0.0
            self.strength = min(max(self.strength + step, 0.0), MAX_AUGMENTATION)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: plain values."""
        return {"strength": self.strength, "signals": list(self.signals)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.strength, self.signals = state["strength"], list(state["signals"])


CLIPS = 32  # of each kind, others each time


@torch.no_grad()
def measure_overfitting(gan: AnyGAN, dataset: ClipDataset) -> float | None:
    """(E[D(training)] - E[D(unseen)]) / (E[D(training)] - E[D(generated)]), r_v of arXiv 2006.06676, equation 1.

    About 0 where the critic treats unseen clips as training clips, 1 where it takes them for generated. The generator
    is the one in training, the critic's opponent; the averaged one may score above real clips.

    Returns:
        None without validation clips, or where the critic does not tell training from generated clips.
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
