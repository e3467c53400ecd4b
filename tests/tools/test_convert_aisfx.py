"""The conversion on a made-up checkpoint: folding must not change what the layers compute."""

import io
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tools.convert_aisfx import CHECKPOINT, LAYERS, fold, read_weights
from wavegan_src.utils.errors import UserError

CHANNELS = 4


def layers() -> dict[str, Tensor]:
    """Weights of eight small convolutions and their batch normalisations."""
    rng = torch.Generator().manual_seed(0)
    found = {}
    for block, layer in LAYERS:
        prefix = f"embedding_net.conv_block{block}"
        found[f"{prefix}.conv{layer}.weight"] = torch.randn(CHANNELS, CHANNELS, 3, 3, generator=rng)
        for name in ("weight", "bias", "running_mean", "running_var"):
            found[f"{prefix}.bn{layer}.{name}"] = torch.rand(CHANNELS, generator=rng) + 0.5
    return found


def test_folded_layers_compute_the_same() -> None:
    given = layers()
    arrays = fold(given)
    assert len(arrays) == 2 * len(LAYERS)
    sound = torch.randn(1, CHANNELS, 6, 5, generator=torch.Generator().manual_seed(1))
    for number, (block, layer) in enumerate(LAYERS):
        prefix = f"embedding_net.conv_block{block}"
        norm = nn.BatchNorm2d(CHANNELS).eval()
        state = {
            name: given[f"{prefix}.bn{layer}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
        }
        norm.load_state_dict(state, strict=False)
        expected = norm(torch.conv2d(sound, given[f"{prefix}.conv{layer}.weight"], padding=1))
        weight, bias = (torch.from_numpy(arrays[f"{number}/{part}"]).float() for part in ("weight", "bias"))
        torch.testing.assert_close(torch.conv2d(sound, weight, bias, padding=1), expected, atol=0.02, rtol=0.01)


def test_reads_the_checkpoint_inside_the_wheel(tmp_path: Path) -> None:
    stored = io.BytesIO()
    torch.save((layers(), {"a library": (0, 3)}), stored)
    wheel = tmp_path / "aisfx.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(CHECKPOINT, stored.getvalue())
    assert set(read_weights(wheel)) == set(layers())


@pytest.mark.parametrize("content", [b"no archive", None])
def test_another_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.whl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="pip download aisfx"):
        read_weights(path)
