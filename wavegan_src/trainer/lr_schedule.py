"""The learning-rate schedule: constant, linear decay, or lowered when the quality stops improving.

Both networks have the same rate. It is set on the optimisers from outside; their moments are not changed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from wavegan_src.config_schema import TrainingConfig
from wavegan_src.convergence.thresholds import LEAST_GAIN

FLOOR_SHARE = 0.01  # of the initial rate: smaller steps would hardly move the averaged generator


class LRSchedule:
    """The learning rate of each step.

    Attributes:
        factor: the present rate of the plateau schedule, as a share of the configured rate.
        best: lowest measure since the run began; None before the first.
        waited: checkpoints since the best one, or since the rate was last lowered.
    """

    def __init__(self, training: TrainingConfig):
        self._training = training
        self.factor = 1.0
        self.best: float | None = None
        self.waited = 0

    def at(self, iteration: int, last: int) -> float:
        """The rate of critic step number `iteration` (from 0) and of the generator step after it.

        Args:
            iteration: critic steps done.
            last: critic steps of the whole run, at which the linear schedule reaches 0.
        """
        first = self._training.learning_rate
        if self._training.lr_schedule == "linear":
            return first * max(0.0, 1 - iteration / last)
        return first * self.factor

    def checkpoint(self, measure: float | None) -> bool:
        """Add the primary measure of a checkpoint (lower is better); returns whether the rate is lowered now.

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
        """The state for a checkpoint, as plain values."""
        return {"factor": self.factor, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.factor, self.best, self.waited = state["factor"], state["best"], state["waited"]


def set_rate(optimizers: Iterable[torch.optim.Optimizer], rate: float) -> None:
    """Set the rate of every parameter group, in place if the optimiser keeps it in a tensor (as for CUDA graphs)."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
