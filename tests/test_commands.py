import pytest
import torch

from wavegan_src.commands import is_out_of_memory, smaller_batch
from wavegan_src.config_loader import load_config


@pytest.mark.parametrize(("batch", "advised"), [(128, 32), (64, 32), (32, 16), (2, 1), (1, 1)])
def test_the_advised_batch_is_the_descriptions_or_half(batch: int, advised: int) -> None:
    assert smaller_batch(load_config("config", {"training.batch_size": batch})) == advised


def test_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as real:
        torch.empty(2**55)
    assert is_out_of_memory(real.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
