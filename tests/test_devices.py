import pytest
import torch

from wavegan_src.devices import choose_device
from wavegan_src.errors import UserError


def test_cpu_is_always_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["gpu", "cpuu", "cuda:x", "meta", ""])
def test_unknown_names_list_the_known_ones(name: str) -> None:
    with pytest.raises(UserError, match='"cuda:1"'):
        choose_device(name)


def test_a_gpu_that_is_not_there_is_an_error_with_the_way_out() -> None:
    with pytest.raises(UserError, match="--device cpu"):
        choose_device("cuda:99")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is an Apple GPU")
def test_no_apple_gpu() -> None:
    with pytest.raises(UserError, match="no Apple GPU"):
        choose_device("mps")
