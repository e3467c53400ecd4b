"""The learning rate over a run: constant, falling in a line, or lowered when the quality stops improving.

Both networks have the same rate. It is set from outside on the optimisers; their moments are left alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from wavegan_src.config_schema import TrainingConfig
from wavegan_src.convergence.thresholds import LEAST_GAIN

FLOOR_SHARE = 0.01  # of the first rate: below it a step moves hardly more than the averaged generator forgets


class LRSchedule:
    """Which rate comes next, and what that depends on.

    Attributes:
        factor: what the plateau-driven rate is at present, as a share of the configured one.
        best: lowest measure since the run began; None before the first.
        waited: checkpoints since then, or since the rate was lowered.
    """

    def __init__(self, training: TrainingConfig):
        self._training = training
        self.factor = 1.0
        self.best: float | None = None
        self.waited = 0

    def at(self, iteration: int, last: int) -> float:
        """The rate of critic step number `iteration` (from 0) and of the generator's step after it.

        Args:
            iteration: critic steps done.
            last: critic steps of the whole run, where the linear rate reaches 0.
        """
        first = self._training.learning_rate
        if self._training.lr_schedule == "linear":
            return first * max(0.0, 1 - iteration / last)
        return first * self.factor

    def checkpoint(self, measure: float | None) -> bool:
        """Take in the primary measure of a checkpoint, lower is better; returns whether the rate is lowered now.

        A checkpoint without a measure changes nothing.
        """
        if measure is None or self._training.lr_schedule != "plateau":
            return False
        if self.best is None or measure < self.best - LEAST_GAIN * abs(self.best):
            self.best, self.waited = measure, 0
            return False
        self.waited += 1
        if self.waited < self._training.lr_patience or self.factor <= FLOOR_SHARE:
            return False
        self.factor = max(FLOOR_SHARE, self.factor * self._training.lr_factor)
        self.waited = 0
        return True

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: plain values."""
        return {"factor": self.factor, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.factor, self.best, self.waited = state["factor"], state["best"], state["waited"]


def set_rate(optimizers: Iterable[torch.optim.Optimizer], rate: float) -> None:
    """Give every parameter group that rate, in place where the optimiser keeps it in a tensor (as for CUDA graphs)."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
