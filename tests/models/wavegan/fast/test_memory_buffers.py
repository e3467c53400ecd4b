import torch

from wavegan_src.models.wavegan.fast.memory import Buffers


def test_memory_is_used_again_until_more_is_asked_for() -> None:
    buffers = Buffers(torch.empty(0))
    first = buffers.take("x", 4, 5)
    assert buffers.take("x", 3, 2).data_ptr() == first.data_ptr()
    assert buffers.take("x", 2, 2, 5).data_ptr() == first.data_ptr()  # what was large enough still is
    grown = buffers.take("x", 7, 3)
    assert grown.data_ptr() != first.data_ptr()
    assert buffers.take("x", 4, 5).data_ptr() == grown.data_ptr()


def test_names_do_not_share_memory() -> None:
    buffers = Buffers(torch.empty(0))
    first, second = buffers.take("x", 3).fill_(1), buffers.take("y", 3).fill_(2)
    assert first.tolist() == [1, 1, 1]
    assert second.tolist() == [2, 2, 2]


def test_tensors_are_contiguous_and_of_the_networks_type() -> None:
    taken = Buffers(torch.empty(0, dtype=torch.float64)).take("x", 2, 3, 1)
    assert taken.shape == (2, 3, 1)
    assert taken.is_contiguous()
    assert taken.dtype == torch.float64
