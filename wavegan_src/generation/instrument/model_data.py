"""A drive model as the page reads it: sizes, weights, and a map of engines."""

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.formats.facts import drive_facts
from wavegan_src.generation.latents import seed_latent
from wavegan_src.models.drive.generator import DriveGenerator

FORMAT = 3
LAYERS = (
    "mapping.0",
    "mapping.2",
    "response.0",
    "response.2",
    "pulse_table",
    "envelope_table",
    "noise_level",
    "level",
    "wander",
    "tone",
)
ARRAYS = ("mean_spectrum", "spectrum_components", "scale", "level_slopes", "speed_range", "memory.factors")
LEAST_RANGE = 5.0  # of the highest rpm to the lowest
_MAP_BANDS = 48  # of the spectrum by which engines are placed on the map
_MARGIN = 0.06  # of the map, free of engines


def page_data(driver: Driver, seeds: Sequence[int]) -> dict[str, Any]:
    """What the page's scripts read, as plain data; `Model` in `script/network.mjs` says what each size is.

    Weights are rounded to half precision, as the model in the box is, which halves the page.

    Raises:
        UserError: the model cannot be driven.
    """
    generator = driver.generator
    latents = torch.stack([seed_latent(seed, generator.latent_dim) for seed in seeds])
    model, values = model_data(generator)
    return {
        "format": FORMAT,
        "model": model,
        "values": to_base64(values, "<f2"),
        "rpmPerHertz": driver.rpm_per_hertz,
        "rpmRange": car_range(*driver.rpm_range),
        "seeds": list(seeds),
        "latents": to_base64(latents.numpy()),
        "places": np.round(places(generator, latents), 4).tolist(),
    }


def car_range(low: float, high: float) -> tuple[float, float]:
    """The rpm that a car drives with a model of recordings from `low` to `high` rpm: at least a range of five."""
    return low, max(high, LEAST_RANGE * low)


def model_data(generator: DriveGenerator) -> tuple[dict[str, Any], F32]:
    """The sizes of a model, and its weights as one array `(values,)`."""
    names = [f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")] + list(ARRAYS)
    state = generator.state_dict()
    arrays = [state[name].detach().cpu().float().numpy() for name in names]
    starts = np.cumsum([0, *(array.size for array in arrays)]).tolist()
    tensors = {
        name: {"shape": list(array.shape), "at": start}
        for name, array, start in zip(names, arrays, starts, strict=False)
    }
    sizes = {_camel(name): value for name, value in asdict(drive_facts(generator)).items()}
    return sizes | {"tensors": tensors}, np.concatenate([array.ravel() for array in arrays])


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def places(generator: DriveGenerator, latents: torch.Tensor) -> Floats:
    """Places of engines on a map, `(engines, 2)` from 0 to 1: engines of similar tone are near each other.

    The two largest principal components of their spectra; ranks spread the engines evenly along both axes.
    """
    with torch.inference_mode():
        response = generator.engine(latents.to(generator.mean_spectrum.device)).response.cpu().double().numpy()
    power = np.abs(np.fft.rfft(response)) ** 2
    edges = np.unique(np.geomspace(2, power.shape[1], _MAP_BANDS + 1).astype(int))
    levels = np.log(np.add.reduceat(power, edges[:-1], axis=1) + 1e-12)
    left, spread, _ = np.linalg.svd(levels - levels.mean(0), full_matrices=False)
    scores = np.zeros((len(latents), 2))
    found = min(2, left.shape[1])
    scores[:, :found] = left[:, :found] * spread[:found]
    ranks = scores.argsort(0, kind="stable").argsort(0, kind="stable")
    placed: Floats = _MARGIN + (1 - 2 * _MARGIN) * (ranks + 0.5) / len(latents)
    return placed


def to_base64(values: F32 | Floats, kind: str = "<f4") -> str:
    """Little-endian floats as text, float32 unless another kind is given."""
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()
