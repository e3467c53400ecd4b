"""A folder that holds a model for other programs: weights, latent vectors of seeds, a description, and a renderer.

The facts are in the metadata of both safetensors files once more, so that a program needs no other file.
"""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src import __version__
from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.formats.facts import Facts, facts_of
from wavegan_src.generation.formats.safetensors import safetensors
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.model import TrainedModel
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import make_folder, write_bytes_atomically
from wavegan_src.utils.paths import shown

FORMAT = 2  # increase it when a program that read the former format would misread the new one
WEIGHTS, LATENTS, DESCRIPTION, RENDERER = (
    "weights.safetensors",
    "latents.safetensors",
    "model.json",
    "wavegan_engine.c",
)
WHITENING = "whitening"  # the filter of the training data, where they were whitened
_TRAINING = ("encoder.", "memory.courses")  # what hears clips, and the courses they had, which one drives
_CURE = "choose another folder with --out"


def check_replaceable(folder: Path) -> None:
    """Check before any work that a model can be written there: a folder of anything else is left alone.

    Raises:
        UserError: there is something else, or the folder cannot be read.
    """
    with os_errors_as_user_errors(folder, what="the folder", cure=_CURE):
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{shown(folder)} is a file: {_CURE}.")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / DESCRIPTION).is_file():
            raise UserError(
                f"{shown(folder)} is not empty and holds no {DESCRIPTION}: {_CURE}, so that nothing is mixed up."
            )


def write_weights(model: TrainedModel, seeds: range, folder: Path) -> int:
    """Write a model and the latent vectors of seeds; the number of weights.

    The description comes last, so that a folder with one is complete. The same model gives the same bytes.

    Raises:
        UserError: the folder holds something else, or cannot be written.
    """
    check_replaceable(folder)
    facts, weights = facts_of(model.generator, model.config), weights_of(model)
    files = _files(model, facts, weights, seeds)
    listed = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
    }
    description = _description(model, facts, weights, seeds) | {"files": listed}
    text = json.dumps(description, indent=1, ensure_ascii=False) + "\n"
    make_folder(folder, what="the folder", cure=_CURE)
    with os_errors_as_user_errors(folder, what="the weights", cure=_CURE):
        (folder / DESCRIPTION).unlink(missing_ok=True)
        for name, content in (files | {DESCRIPTION: text.encode()}).items():
            write_bytes_atomically(folder / name, content)
    return sum(weight.size for weight in weights.values())


def weights_of(model: TrainedModel) -> dict[str, F32]:
    """All that a model has learnt or measured and that sound is made of, by PyTorch's names."""
    state = model.generator.state_dict().items()
    found = {name: weight.detach().cpu().float().numpy() for name, weight in state if not name.startswith(_TRAINING)}
    return found if model.whitening is None else found | {WHITENING: model.whitening.to_tensor().numpy()}


def _files(model: TrainedModel, facts: Facts, weights: dict[str, F32], seeds: range) -> dict[str, bytes]:
    latents = np.stack([seed_latent(seed, model.config.model.latent_dim).numpy() for seed in seeds])
    metadata = {name: str(value) for name, value in (_heading(model) | facts).items()}
    found = {
        WEIGHTS: safetensors(weights, metadata),
        LATENTS: safetensors({"latents": latents}, metadata | {"first_seed": str(seeds[0])}),
    }
    if isinstance(model.generator, DriveGenerator):
        found[RENDERER] = resources.files("wavegan_src.generation.formats").joinpath("renderer", RENDERER).read_bytes()
    return found


def _heading(model: TrainedModel) -> Facts:
    return {"format": FORMAT, "architecture": model.config.model.architecture}


def _description(model: TrainedModel, facts: Facts, weights: dict[str, F32], seeds: range) -> dict[str, Any]:
    return _heading(model) | {
        "written_by": f"wavegan {__version__}",
        "checkpoint": {"sha256": model.sha256, "trained": model.progress},
        "data": {"procedural": model.procedural, "fingerprint": model.data_fingerprint},
        "facts": facts,
        "tensors": {name: list(weight.shape) for name, weight in sorted(weights.items())},
        "latents": {"first_seed": seeds[0], "count": len(seeds)},
    }
