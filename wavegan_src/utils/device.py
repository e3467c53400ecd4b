"""Device, precision and compilation: which there are, and how to use them."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import torch
from torch import Tensor

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count


def choose_device(name: str) -> torch.device:
    """Resolve `training.device`: "auto" takes a GPU if there is one.

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
    """The name of a device in messages."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    threads = torch.get_num_threads()
    return f"CPU, {format_count(threads, 'thread')}" if device.type == "cpu" else str(device)


def configure(device: torch.device, deterministic: bool) -> None:
    """Set up PyTorch for training and generating on an NVIDIA GPU; nothing is changed for other devices.

    float32 products are computed in TF32 (10 bits of mantissa, summed in float32), which is PyTorch's own default for
    convolutions and multiplies their speed; the environment variable NVIDIA_TF32_OVERRIDE=0 forbids it.

    Args:
        device: the device to compute on.
        deterministic: use only algorithms that always give the same bytes. False lets cuDNN try which are fastest, and
            sum in any order.
    """
    if device.type != "cuda":
        return
    # These names are known to every supported PyTorch; `fp32_precision`, which follows them, is new in 2.9.
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = not deterministic  # it chooses by measured time
    torch.backends.cudnn.deterministic = deterministic
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts, at the first product
        # An operation without a deterministic algorithm gives a warning; it should not end the training.
        torch.use_deterministic_algorithms(True, warn_only=True)


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor from the CPU to a device. To a GPU the copy is queued like any other work, without waiting."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)  # PyTorch keeps pinned memory until the copy is made


def convolutions_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Inside it, matrix products and convolutions use this precision; weights keep theirs."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


def weights_own(device: torch.device) -> AbstractContextManager[object]:
    """Inside it, products use the precision of their operands, as outside of `convolutions_in`."""
    if not torch.amp.is_autocast_available(device.type):  # the meta device, used for counting
        return nullcontext()
    return torch.autocast(device.type, enabled=False)


def at_least_float32(x: torch.Tensor) -> torch.Tensor:
    """For values that must not be rounded to 16 bits, such as losses; float64 stays float64."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


F = TypeVar("F", bound=Callable[..., Any])


class Compile(Protocol):
    """Makes a faster version of a function."""

    def __call__(self, function: F, /) -> F:
        """Return the function to use in its place."""
        ...


class Choice(NamedTuple):
    """How to compile, and a line for the user if it is not as requested."""

    compile: Compile
    note: str | None


def no_compile(function: F) -> F:
    """Do not compile: PyTorch executes one operation after another."""
    return function


def compiled(function: F) -> F:
    """Compile with `torch.compile`, one program per batch size; what it cannot compile is executed as usual."""
    return cast(F, torch.compile(function, dynamic=False))


def choose(wanted: bool, device: torch.device, how: Compile = compiled) -> Choice:
    """Compile if requested and possible on this machine, which is tried on a tiny function.

    PyTorch includes the translator but not the compilers that it calls: Triton for GPUs, a C++ compiler for CPUs. That
    one is missing shows only when the first program is compiled, and differently on every system.
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
