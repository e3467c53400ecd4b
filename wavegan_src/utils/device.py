"""Choosing where to compute, and getting there."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import torch
from torch import Tensor

from wavegan_src.utils.errors import UserError


def choose_device(name: str) -> torch.device:
    """Resolve `training.device`: "auto" takes a GPU where there is one.

    Raises:
        UserError: an unknown name, or a device that this machine or this PyTorch build does not have.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(f'--device {name}: unknown; use "auto", "cpu", "cuda", "cuda:1" or "mps".') from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"--device {name}: this PyTorch ({torch.__version__}) sees {torch.cuda.device_count()} CUDA GPUs. "
            "Use --device cpu, or install a CUDA build (README, section Installation)."
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError(f"--device {name}: there is no Apple GPU here. Use --device cpu or auto.")
    if device.type not in ("cpu", "cuda", "mps"):
        raise UserError(f'--device {name}: not supported; use "auto", "cpu", "cuda", "cuda:1" or "mps".')
    return device


def device_name(device: torch.device) -> str:
    """What to call a device in front of a user."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}" if device.type == "cpu" else str(device)


def configure(device: torch.device, deterministic: bool) -> None:
    """Settings of PyTorch for training and generating on an NVIDIA GPU; on other devices nothing is set.

    float32 products are taken in TF32 (10 bits of mantissa, summed in float32), which is PyTorch's own default for
    convolutions and multiplies their speed; the environment variable NVIDIA_TF32_OVERRIDE=0 forbids it.

    Args:
        device: where will be computed.
        deterministic: only algorithms that give the same bytes every time. False lets cuDNN try out which are
            fastest, and sum in the order that comes.
    """
    if device.type != "cuda":
        return
    # These names are known to every supported PyTorch; `fp32_precision`, which follows them, is new in 2.9.
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = not deterministic  # it chooses by the clock
    torch.backends.cudnn.deterministic = deterministic
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts, at the first product
        # An operation without a deterministic algorithm is named in a warning; it should not end a training.
        torch.use_deterministic_algorithms(True, warn_only=True)


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor from the CPU to a device. With a GPU the copy is queued like any other work: nobody waits."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)  # PyTorch keeps pinned memory until the copy is made


def convolutions_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Within it, products of matrices and convolutions take and give that precision; weights stay as they are."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


def weights_own(device: torch.device) -> AbstractContextManager[object]:
    """Within it, products are taken in the precision of their operands, as outside of `convolutions_in`."""
    if not torch.amp.is_autocast_available(device.type):  # a device of no memory, for counting
        return nullcontext()
    return torch.autocast(device.type, enabled=False)


def at_least_float32(x: torch.Tensor) -> torch.Tensor:
    """For what must not be rounded to 16 bits, such as losses; float64 stays."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


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


def no_compile(function: F) -> F:
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
        return Choice(no_compile, None)
    try:
        how(_sum)(torch.ones(8, device=device))
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return Choice(no_compile, f"training.compile: no compiler works here, so nothing is compiled ({reason})")
    return Choice(how, None)


def _sum(x: torch.Tensor) -> torch.Tensor:
    return (2 * x + 1).sum()
