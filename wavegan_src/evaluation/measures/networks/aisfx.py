"""aiSFX, a network trained to sort sound effects by name, as a PyTorch function: clips in, embeddings out.

A port of the embedding network X-Sequential-CE of A. B. Ma and A. Lerch, "Representation Learning for the Automatic
Indexing of Sound Effects Libraries" (ISMIR 2022). It hears up to 22 kHz, frame by frame every 23 ms, and was trained on
other sounds and labels than YAMNet, so that the two are independent judges. The weights come with batch normalisation
folded in (`tools/convert_aisfx.py`).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

RATE = 44100  # the only sample rate that the network knows
EMBEDDING_SIZE = 512

WEIGHTS = Path(__file__).parent / "aisfx_weights" / "aisfx_f16.npz"
_FRAME, _HOP = 2048, 1024
_MELS, _MEL_LOW, _MEL_HIGH = 96, 0.0, 22050.0
_GAIN = 1e4  # of the power, before log10(1 + x)
_LARGEST = 9.457798957824707  # of all spectra that the network was trained on: its inputs lie between 0 and 1
_BLOCK_FRAMES, _BLOCK_HOP = 100, 50  # 2.3 s every 1.2 s
_POOLED = (2, 2, 2, 1)  # size of the pooling after each pair of convolutions


@dataclass(frozen=True)
class AiSfx:
    """The network's constants; `load` makes one, `forward` applies it."""

    convolutions: tuple[tuple[Tensor, Tensor], ...]  # weight and bias of each
    mel: Tensor  # (1025, 96)
    window: Tensor  # (2048,)


@cache
def load() -> AiSfx:
    """Read the shipped weights (once per process)."""
    with np.load(WEIGHTS) as archive:
        arrays = {name: torch.from_numpy(archive[name].astype(np.float32)) for name in archive.files}
    return AiSfx(
        tuple(
            (arrays[f"{number}/weight"].contiguous(memory_format=torch.channels_last), arrays[f"{number}/bias"])
            for number in range(2 * len(_POOLED))
        ),
        torch.from_numpy(_mel_matrix()),
        torch.hann_window(_FRAME, periodic=False),
    )


@torch.inference_mode()
def forward(net: AiSfx, clips: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings of each block of 2.3 s of clips at 44.1 kHz.

    Args:
        net: from `load`.
        clips: (clips, time) in [-1, 1]. Shorter ones than a block are completed with silence; frames at the end that do
            not fill a block are left out, as the original does.

    Returns:
        (clips, blocks, 512), none below 0.
    """
    spectrogram = log_mel(net, torch.from_numpy(np.ascontiguousarray(clips, dtype=np.float32))) / _LARGEST
    missing = max(_BLOCK_FRAMES - spectrogram.shape[1], 0)
    blocks = F.pad(spectrogram, (0, 0, 0, missing)).unfold(1, _BLOCK_FRAMES, _BLOCK_HOP).transpose(-1, -2)
    count = blocks.shape[:2]
    hidden = blocks.reshape(-1, 1, _BLOCK_FRAMES, _MELS).contiguous(memory_format=torch.channels_last)
    for index, pooled in enumerate(_POOLED):
        for weight, bias in net.convolutions[2 * index : 2 * index + 2]:
            hidden = F.relu_(F.conv2d(hidden, weight, bias, padding=1))
        if pooled > 1:
            hidden = F.max_pool2d(hidden, pooled)
    embeddings = hidden.mean(dim=3).amax(dim=2)  # over frequency, then over time
    return cast(NDArray[np.float32], embeddings.reshape(*count, EMBEDDING_SIZE).numpy())


def log_mel(net: AiSfx, clips: Tensor) -> Tensor:
    """The network's input before it is scaled: (clips, frames, 96) from (clips, time) at 44.1 kHz.

    The first frame is centred at the first sample, and the last one begins before the end of the clip.
    """
    frames = -(-clips.shape[-1] // _HOP) + 1
    end = (frames - 1) * _HOP + _FRAME // 2 - clips.shape[-1]
    windowed = F.pad(clips, (_FRAME // 2, end)).unfold(-1, _FRAME, _HOP) * net.window
    power = torch.fft.rfft(windowed).abs().square()
    return torch.log10(_GAIN * (power @ net.mel) + 1)


def _mel_matrix() -> NDArray[np.float32]:
    """Triangles on HTK's mel scale, each of sum 1: (1025, 96)."""

    def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(2595.0 * np.log10(1 + np.asarray(hertz, dtype=np.float64) / 700.0))

    bins = mel(np.linspace(0.0, RATE / 2, _FRAME // 2 + 1))[:, None]
    edges = np.linspace(mel(_MEL_LOW), mel(_MEL_HIGH), _MELS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles / triangles.sum(axis=0), dtype=np.float32)
