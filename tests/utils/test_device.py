import os

import pytest
import torch

from wavegan_src.utils.device import choose_device, configure, upload
from wavegan_src.utils.errors import UserError


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


def settings() -> tuple[object, ...]:
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    flags = (cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, matmul.allow_tf32)
    return *flags, torch.are_deterministic_algorithms_enabled(), os.environ.get("CUBLAS_WORKSPACE_CONFIG")


def test_settings_of_a_gpu_leave_a_cpu_alone() -> None:
    before = settings()
    configure(torch.device("cpu"), deterministic=True)
    assert settings() == before


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_excludes_choosing_by_the_clock(monkeypatch: pytest.MonkeyPatch, deterministic: bool) -> None:
    """Only that the switches are set: what they do needs a GPU."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, matmul.allow_tf32
    try:
        configure(torch.device("cuda"), deterministic)
        workspace = ":4096:8" if deterministic else None
        assert settings() == (not deterministic, deterministic, True, True, deterministic, workspace)
    finally:
        cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, matmul.allow_tf32 = before
        torch.use_deterministic_algorithms(False)


def test_uploading_to_a_cpu_is_no_copy() -> None:
    tensor = torch.ones(3)
    assert upload(tensor, torch.device("cpu")) is tensor
