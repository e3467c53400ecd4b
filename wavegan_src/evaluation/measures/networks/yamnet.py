"""YAMNet, the AudioSet classifier, as a PyTorch function: log-mel patches in, class scores and embeddings out.

A port of tensorflow/models, research/audioset/yamnet (MobileNet v1, arXiv 1704.04861). Batch normalisation is folded
into the convolutions when the weights are read.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

RATE = 16000  # the only sample rate that YAMNet knows
EMBEDDING_SIZE = 1024

_FOLDER = Path(__file__).parent / "yamnet_weights"
_BATCH_NORM_EPSILON = 1e-4
_WINDOW, _HOP, _FFT = 400, 160, 512  # 25 ms frames every 10 ms
_MELS, _MEL_LOW, _MEL_HIGH = 64, 125.0, 7500.0
_LOG_OFFSET = 1e-3
_PATCH_FRAMES, _PATCH_HOP = 96, 48  # 0.96 s every 0.48 s
_PATCH_SAMPLES = _PATCH_FRAMES * _HOP + _WINDOW - _HOP
# Strides of the 13 separable blocks that follow the first convolution.
_BLOCK_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


@dataclass(frozen=True)
class _Convolution:
    weight: Tensor
    bias: Tensor
    stride: int
    groups: int


@dataclass(frozen=True)
class YamNet:
    """The network's constants; `load` makes one, `forward` applies it."""

    convolutions: tuple[_Convolution, ...]
    head_weight: Tensor  # (1024, 521)
    head_bias: Tensor  # (521,)
    mel: Tensor  # (257, 64)
    window: Tensor  # (400,)


@cache
def load() -> YamNet:
    """Read the shipped weights (once per process)."""
    with np.load(_FOLDER / "yamnet_f16.npz") as archive:
        arrays = {name: archive[name].astype(np.float32) for name in archive.files}
    convolutions = [_convolution(arrays, 0, "kernel", stride=2)]
    layer = 2
    for stride in _BLOCK_STRIDES:
        convolutions.append(_convolution(arrays, layer, "depthwise_kernel", stride))
        convolutions.append(_convolution(arrays, layer + 2, "kernel", stride=1))
        layer += 4
    return YamNet(
        tuple(convolutions),
        torch.from_numpy(arrays[f"{layer}/kernel"]),
        torch.from_numpy(arrays[f"{layer}/bias"]),
        torch.from_numpy(_mel_matrix()),
        torch.hann_window(_WINDOW, periodic=True),
    )


@cache
def class_names() -> tuple[str, ...]:
    """AudioSet's 521 class names, in the order of the scores."""
    with (_FOLDER / "yamnet_class_map.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["display_name"] for row in csv.DictReader(file))


@torch.inference_mode()
def forward(net: YamNet, clips: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores and embeddings of each 0.96 s patch of clips at 16 kHz.

    Args:
        net: from `load`.
        clips: (clips, time) in [-1, 1]. The end is padded with silence to whole patches, as the original does.

    Returns:
        Class probabilities (clips, patches, 521) and embeddings (clips, patches, 1024).
    """
    spectrogram = log_mel(net, torch.from_numpy(np.ascontiguousarray(clips, dtype=np.float32)))
    patches = spectrogram.unfold(1, _PATCH_FRAMES, _PATCH_HOP).transpose(-1, -2)  # (clips, patches, 96, 64)
    count = patches.shape[:2]
    hidden = patches.reshape(-1, 1, _PATCH_FRAMES, _MELS).contiguous(memory_format=torch.channels_last)
    for convolution in net.convolutions:
        hidden = _apply(convolution, hidden)
    embeddings = hidden.mean((2, 3))
    scores = torch.sigmoid(embeddings @ net.head_weight + net.head_bias)
    return (
        cast(NDArray[np.float32], scores.reshape(*count, -1).numpy()),
        cast(NDArray[np.float32], embeddings.reshape(*count, -1).numpy()),
    )


def log_mel(net: YamNet, clips: Tensor) -> Tensor:
    """YAMNet's input: (clips, frames, 64) from (clips, time) at 16 kHz, padded to whole patches."""
    hop = _PATCH_HOP * _HOP
    beyond = max(clips.shape[-1] - _PATCH_SAMPLES, 0)
    total = _PATCH_SAMPLES + -(-beyond // hop) * hop
    padded = F.pad(clips, (0, total - clips.shape[-1]))
    frames = padded.unfold(-1, _WINDOW, _HOP) * net.window
    return torch.log(torch.fft.rfft(frames, _FFT).abs() @ net.mel + _LOG_OFFSET)


def _apply(convolution: _Convolution, hidden: Tensor) -> Tensor:
    """A convolution with TensorFlow's "same" padding, then ReLU; all sizes here are even where the stride is 2."""
    kernel = convolution.weight.shape[-1]
    padding = kernel // 2
    if convolution.stride == 2:
        hidden, padding = F.pad(hidden, (0, 1, 0, 1)), 0
    return F.relu_(
        F.conv2d(hidden, convolution.weight, convolution.bias, convolution.stride, padding, groups=convolution.groups)
    )


def _convolution(arrays: dict[str, NDArray[np.float32]], layer: int, name: str, stride: int) -> _Convolution:
    """Fold the batch normalisation that follows layer `layer` (it has no scale of its own) into its kernel."""
    kernel = arrays[f"{layer}/{name}"]  # (height, width, in, out), or (height, width, channels, 1) where depthwise
    depthwise = name == "depthwise_kernel"
    weight = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    scale = 1 / np.sqrt(arrays[f"{layer + 1}/moving_variance"] + _BATCH_NORM_EPSILON)
    bias = arrays[f"{layer + 1}/beta"] - arrays[f"{layer + 1}/moving_mean"] * scale
    folded = torch.from_numpy(np.ascontiguousarray(weight * scale[:, None, None, None]))
    return _Convolution(
        folded.contiguous(memory_format=torch.channels_last),
        torch.from_numpy(bias),
        stride,
        weight.shape[0] if depthwise else 1,
    )


def _mel_matrix() -> NDArray[np.float32]:
    """TensorFlow's triangular mel filters on magnitudes, without area normalisation: (257, 64)."""

    def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return 1127.0 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700.0)

    bins = mel(np.linspace(0.0, RATE / 2, _FFT // 2 + 1))[:, None]
    edges = np.linspace(mel(_MEL_LOW), mel(_MEL_HIGH), _MELS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0  # the constant part belongs to no band
    return matrix.astype(np.float32)
