"""Memory that is used again in every step: large tensors are expensive to get from the operating system."""

import math

import torch
from torch import Tensor


class Buffers:
    """Named tensors that keep their memory until a larger one of the same name is asked for."""

    def __init__(self, like: Tensor):
        self._like = like
        self._memory: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """A contiguous tensor of undefined contents; it replaces the one last taken under this name."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.numel() < size:
            self._memory.pop(name, None)  # let go of the old one before taking the new
            memory = self._memory[name] = torch.empty(size, dtype=self._like.dtype, device=self._like.device)
        return memory[:size].view(shape)
