"""Choosing where to compute."""

import torch

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
    return f"CPU, {torch.get_num_threads()} threads" if device.type == "cpu" else str(device)
