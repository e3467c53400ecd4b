"""Whether and how functions on tensors are compiled (`training.compile`)."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import torch

F = TypeVar("F", bound=Callable[..., Any])


class Compile(Protocol):
    """Makes a function faster that does the same."""

    def __call__(self, function: F, /) -> F:
        """Return the function to use in its place."""
        ...


class Choice(NamedTuple):
    """What will be done, and a line for the user where it is not what was asked for."""

    compile: Compile
    note: str | None


def as_it_is(function: F) -> F:
    """Compile nothing: PyTorch carries out one operation after another."""
    return function


def compiled(function: F) -> F:
    """By `torch.compile`, one program for each batch size; whatever it cannot take in is carried out as it is."""
    return cast(F, torch.compile(function, dynamic=False))


def choose(wanted: bool, device: torch.device, how: Compile = compiled) -> Choice:
    """Compile if that is wanted and this machine has what it takes, which is tried on a sum of ones.

    PyTorch brings the translator, but not the compilers it hands its programs to: Triton for GPUs, a C++ compiler for
    CPUs. Their absence shows only when the first program is made, in as many ways as there are systems.
    """
    if not wanted:
        return Choice(as_it_is, None)
    try:
        how(_sum)(torch.ones(8, device=device))
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return Choice(as_it_is, f"training.compile: no compiler works here, so nothing is compiled ({reason})")
    return Choice(how, None)


def _sum(x: torch.Tensor) -> torch.Tensor:
    return (2 * x + 1).sum()
