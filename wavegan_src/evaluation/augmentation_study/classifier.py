"""The classifier: a small convolutional network on log-mel spectrograms."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.dsp.arrays import Indices
from wavegan_src.evaluation.augmentation_study.features import Spectrograms
from wavegan_src.utils.progress import Advance
from wavegan_src.utils.random import keyed_generator

CHANNELS = (16, 32, 64)
BATCH = 32
LEARNING_RATE = 0.003
WEIGHT_DECAY = 0.01
DROPOUT = 0.3
PREDICTED_AT_ONCE = 256


class Classifier(nn.Module):
    """Three strided convolutions with batch normalisation, the mean over time and bands, a linear layer."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((1, *CHANNELS), CHANNELS, strict=False):
            layers += [
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after, momentum=None),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(CHANNELS[-1], classes))

    def forward(self, spectrograms: Tensor) -> Tensor:
        """(batch, bands, frames) to logits (batch, classes)."""
        seen: Tensor = self.body(spectrograms[:, None])
        logits: Tensor = self.head(seen.mean((2, 3)))
        return logits


def train_classifier(
    spectrograms: Spectrograms,
    labels: Indices,
    classes: int,
    *,
    steps: int,
    seed: int,
    device: torch.device,
    advance: Advance,
) -> Classifier:
    """Train a classifier with AdamW, at a rate that falls to 0, on batches with all classes equally often.

    Args:
        spectrograms: (clips, bands, frames).
        labels: (clips,).
        classes: how many there are.
        steps: of the optimiser.
        seed: of weights, batches and dropout.
        device: where to compute.
        advance: called with 1 after each step.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=keyed_generator(seed, "classifier"))))
        model = Classifier(classes).to(device)
        clips, targets = torch.from_numpy(spectrograms).to(device), torch.from_numpy(labels).to(device)
        optimiser = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
        counts = torch.bincount(torch.from_numpy(labels), minlength=classes)
        chances = 1 / counts[torch.from_numpy(labels)]
        for step in range(steps):
            chosen = torch.multinomial(
                chances, BATCH, replacement=True, generator=keyed_generator(seed, "classifier batch", step)
            ).to(device)
            loss = F.cross_entropy(model(clips[chosen]), targets[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            advance(1)
    _settle(model, clips)
    return model.eval()


@torch.no_grad()
def _settle(model: Classifier, clips: Tensor) -> None:
    """Take the statistics of batch normalisation from the whole training set, instead of the last few batches."""
    for layer in model.body:
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    for start in range(0, len(clips), PREDICTED_AT_ONCE):
        model(clips[start : start + PREDICTED_AT_ONCE])


@torch.no_grad()
def predict(model: Classifier, spectrograms: Spectrograms) -> Indices:
    """The most probable class of each clip, (clips,)."""
    device = next(model.parameters()).device
    found = [
        model(torch.from_numpy(spectrograms[start : start + PREDICTED_AT_ONCE]).to(device)).argmax(1).cpu().numpy()
        for start in range(0, len(spectrograms), PREDICTED_AT_ONCE)
    ]
    return np.concatenate(found).astype(np.int64)
