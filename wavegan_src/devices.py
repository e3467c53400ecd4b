"""Choosing where to compute, and getting there."""

import os

import torch
from torch import Tensor

from wavegan_src.errors import UserError


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
