"""A classifier of spectrograms: a small convolutional network."""

import numpy as np
import torch
from torch import Tensor, nn

from wavegan_src.dsp.arrays import F32, Floats

CHANNELS = 32
EPOCHS, BATCH, CROP = 12, 32, 64
LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 5e-3, 0.1, 0.3
_SPREAD = 1e-3


class Classifier(nn.Module):
    """Convolutions over time, mean and deviation of their channels, a linear score: (n, bands, frames) to (n,)."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv1d(bands, CHANNELS, 5, stride=2, padding=2), nn.GELU()),
            *(nn.Conv1d(CHANNELS, CHANNELS, 3, stride=2, padding=1), nn.GELU()),
        )
        self.score = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(2 * CHANNELS, 1))

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Logits: above 0 a clip looks generated."""
        seen = self.layers(spectrograms)
        deviation = (seen.var(2, correction=0) + _SPREAD**2).sqrt()
        score: Tensor = self.score(torch.cat([seen.mean(2), deviation], 1))
        return score[:, 0]


def network_scores(generated: F32, real: F32, held_out: F32, *, seed: int) -> Floats:
    """Scores of held-out spectrograms, (k,), from -1 for those that look real to 1 for those that look generated.

    Bands are standardised by the training clips. The network is trained on random excerpts of them, and scores whole
    clips.
    """
    known = torch.from_numpy(np.concatenate([generated, real]))
    labels = torch.cat([torch.ones(len(generated)), torch.zeros(len(real))])
    balance = torch.tensor(len(real) / len(generated))
    centre, spread = known.mean((0, 2), keepdim=True), known.std((0, 2), keepdim=True) + _SPREAD
    known = (known - centre) / spread
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Classifier(known.shape[1])
        _train(network, known, labels, balance)
    network.eval()
    with torch.no_grad():
        scores = network((torch.from_numpy(held_out) - centre) / spread)
    return np.asarray(np.tanh(scores.double().numpy() / 2))


def _train(network: Classifier, known: Tensor, labels: Tensor, balance: Tensor) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    width = min(CROP, known.shape[2])
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - epoch / EPOCHS)
        for chosen in torch.split(torch.randperm(len(known)), BATCH):
            start = int(torch.randint(known.shape[2] - width + 1, ()))
            logits = network(known[chosen, :, start : start + width])
            loss = nn.functional.binary_cross_entropy_with_logits(logits, labels[chosen], pos_weight=balance)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
