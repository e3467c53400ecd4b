"""In which precision convolutions compute: PyTorch's autocast, where a device has it."""

from contextlib import AbstractContextManager, nullcontext

import torch


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
