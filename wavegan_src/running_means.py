"""Means of a run's figures over an epoch, kept on the device."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


class RunningMeans:
    """Means of device scalars over an epoch, without reading the device at every step."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: Tensor | None = None

    def add(self, figures: Iterable[Tensor]) -> None:
        """Add one step's figures, always in the same order."""
        stacked = torch.stack(list(figures))
        if stacked.device.type != "mps":  # which has no float64
            stacked = stacked.double()
        self.sums = stacked if self.sums is None else self.sums + stacked
        self.count += 1

    def means(self, names: Sequence[str]) -> dict[str, float | None]:
        """Mean per name; None where nothing was added. This reads the device."""
        if self.sums is None:
            return dict.fromkeys(names)
        return dict(zip(names, (self.sums / self.count).tolist(), strict=True))

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint in the middle of an epoch."""
        return {"count": self.count, "sums": None if self.sums is None else self.sums.cpu()}

    def load_state_dict(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Go on from a checkpoint."""
        self.count = state["count"]
        self.sums = None if state["sums"] is None else state["sums"].to(device)
