"""Memory layout of a network's parameters and gradients in the fast path; names and shapes stay.

Weights of convolutions have the shape `(a, b, kernel)` in PyTorch, in checkpoints and everywhere else. In memory they
are ordered `(a, kernel, b)`, which makes the rows of every matrix product contiguous.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import torch
from torch import Tensor, nn


class Parameters:
    """Weights, biases and their gradients of one layer, detached; those of a convolution in memory order."""

    def __init__(self, layer: nn.Conv1d | nn.ConvTranspose1d | nn.Linear):
        self._layer = layer

    def all(self) -> Iterator[nn.Parameter]:
        """The layer's own parameters."""
        return self._layer.parameters()

    @property
    def weight(self) -> Tensor:
        """`(a, kernel, b)` of a convolution, `(out, in)` of a dense layer."""
        return _packed(self._layer.weight.detach())

    @property
    def bias(self) -> Tensor:
        """`(out,)`."""
        assert self._layer.bias is not None  # all layers of both networks have one
        return self._layer.bias.detach()

    @property
    def weight_gradient(self) -> Tensor:
        """Like `weight`."""
        assert self._layer.weight.grad is not None  # GradientMemory.bind_gradients was called
        return _packed(self._layer.weight.grad)

    @property
    def bias_gradient(self) -> Tensor:
        """Like `bias`."""
        assert self._layer.bias is not None
        assert self._layer.bias.grad is not None
        return self._layer.bias.grad


def pack(network: nn.Module) -> None:
    """Rearrange a network's convolution weights in memory; shapes and values stay."""
    for parameter in network.parameters():
        if parameter.dim() == 3:
            parameter.data = parameter.data.permute(0, 2, 1).contiguous().permute(0, 2, 1)


@contextmanager
def in_memory_order(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Let an optimizer see parameters, gradients and moments in memory order; it would copy them otherwise."""
    laid_out = [p for group in optimizer.param_groups for p in group["params"] if not p.is_contiguous()]
    _transpose(laid_out, optimizer)
    try:
        yield
    finally:
        _transpose(laid_out, optimizer)


def match_layout(optimizer: torch.optim.Optimizer) -> None:
    """Give an optimizer's moments the layout of their parameters.

    PyTorch's fused Adam reads parameters, gradients and moments as flat memory and ignores strides, while moments from
    a checkpoint have the plain layout.
    """
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                state[name] = torch.empty_like(parameter).copy_(value)


def _transpose(parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    for parameter in parameters:
        gradient = parameter.grad
        parameter.grad = None  # its shape is compared with the parameter's
        parameter.data = parameter.data.transpose(1, 2)
        parameter.grad = None if gradient is None else gradient.transpose(1, 2)
        state = optimizer.state[parameter]
        state.update({name: value.transpose(1, 2) for name, value in state.items() if value.dim() == parameter.dim()})


class GradientMemory:
    """Memory for the gradients of one network at a time: the networks take turns."""

    def __init__(self, *networks: nn.Module):
        self._networks = networks
        size = max(sum(parameter.numel() for parameter in network.parameters()) for network in networks)
        self._memory = next(networks[0].parameters()).detach().new_empty(size)

    def bind_gradients(self, network: nn.Module) -> None:
        """Give every parameter of this network a `grad` of zeros; drop those of the other networks."""
        for parameter in chain.from_iterable(other.parameters() for other in self._networks):
            parameter.grad = None
        offset = 0
        for parameter in network.parameters():
            parameter.grad = self._memory.as_strided(parameter.shape, parameter.stride(), offset)
            offset += parameter.numel()
        self._memory[:offset].zero_()


def _packed(weight: Tensor) -> Tensor:
    if weight.dim() != 3:
        return weight
    view = weight.permute(0, 2, 1)
    if not view.is_contiguous():
        raise ValueError("weights do not lie in memory as the fast path expects: pack was not called")
    return view


class Buffers:
    """Named tensors whose memory is reused until a larger one of the same name is needed."""

    def __init__(self, like: Tensor):
        self._like = like
        self._memory: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """A contiguous tensor of undefined contents; it replaces the one last taken under this name."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.numel() < size:
            self._memory.pop(name, None)  # free the old one before allocating the new
            memory = self._memory[name] = torch.empty(size, dtype=self._like.dtype, device=self._like.device)
        return memory[:size].view(shape)
