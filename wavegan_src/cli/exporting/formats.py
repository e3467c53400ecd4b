"""Implements `export weights` and `export onnx`."""

from pathlib import Path

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.generation.formats.onnx_file import OPSET, RUNTIME, check_installed, check_writable, write_onnx
from wavegan_src.generation.formats.weights import DESCRIPTION, check_replaceable, write_weights
from wavegan_src.generation.request import HIGHEST_SEED
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count


def export_weights(checkpoint: str, seeds: range, out: Path) -> None:
    """Write a model's weights and the latent vectors of seeds.

    Raises:
        UserError: there is no such model, a seed is out of range, or the folder cannot be written.
    """
    if seeds[0] < 0 or seeds[-1] > HIGHEST_SEED:
        raise UserError(f"Seeds go from 0 to {HIGHEST_SEED}, not from {seeds[0]} to {seeds[-1]}.")
    check_replaceable(out)
    count = write_weights(wavegan.load(checkpoint, device="cpu").trained, seeds, out)
    vectors = format_count(len(seeds), "latent vector")
    say(SteadyConsole(), f"{count:,} weights and {vectors} in {out}, described in {out / DESCRIPTION}.")


def export_onnx(checkpoint: str, out: Path) -> None:
    """Write a model's network as an ONNX graph.

    Raises:
        UserError: the package onnx is missing, there is no such model, it cannot be a graph, or the file cannot be
            written.
    """
    check_installed()
    check_writable(out)
    size = write_onnx(wavegan.load(checkpoint, device="cpu").trained, out)
    say(SteadyConsole(), f"{out} ({size / 1e6:.1f} MB): ONNX opset {OPSET}, for {RUNTIME}.")
