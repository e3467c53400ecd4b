import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wavegan_src.architectures import wavegan as geometry


def test_total_stride_is_that_of_six_layers() -> None:
    assert geometry.TOTAL_STRIDE == geometry.STRIDE**geometry.LAYERS


@given(length=st.integers(1, 10**7))
def test_base_length_is_the_smallest_that_covers_the_clip(length: int) -> None:
    base = geometry.base_length(length)
    assert base * geometry.TOTAL_STRIDE >= length
    assert (base - 1) * geometry.TOTAL_STRIDE < length


def test_described_length_needs_base_eleven() -> None:
    assert geometry.base_length(44100) * 4096 == 45056
    assert geometry.base_length(65536) == 16  # the paper's


def test_channels_are_the_papers() -> None:
    assert geometry.channels(64) == [2048, 1024, 512, 256, 128, 64, 1]


@settings(deadline=None, max_examples=40)
@given(kernel=st.integers(4, 101), steps=st.integers(1, 40))
def test_every_kernel_length_maps_4m_to_m_and_back(kernel: int, steps: int) -> None:
    padding = geometry.conv_padding(kernel)
    down = nn.Conv1d(1, 1, kernel, stride=4, padding=padding)
    up = nn.ConvTranspose1d(1, 1, kernel, stride=4, padding=padding, output_padding=geometry.output_padding(kernel))
    assert down(torch.zeros(1, 1, 4 * steps)).shape[2] == steps
    assert up(torch.zeros(1, 1, steps)).shape[2] == 4 * steps


@pytest.mark.parametrize("length", [44100, 4096, 4097, 1])
def test_crop_is_centred(length: int) -> None:
    rest = geometry.base_length(length) * geometry.TOTAL_STRIDE - length
    assert geometry.crop_start(length) in (rest // 2, rest - rest // 2)
