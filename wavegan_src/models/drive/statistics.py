"""Statistics of the training clips that the generator starts from: average spectra, and the courses they follow."""

import numpy as np
import torch
from torch import Tensor

from wavegan_src.data.batch import LEVEL, LOAD, SPEED, SPEED_KNOWN, Batch
from wavegan_src.models.drive.course import over_frames
from wavegan_src.models.drive.generator import CURVES, DEFAULT_SPEED, POINTS, QUANTILES, DriveStatistics
from wavegan_src.models.engine.clip_statistics import average_spectra, principal_components, rate_loadings

LEAST_SPREAD = 0.1  # octaves, where all clips turn equally fast
LEAST_EVIDENCE = 1e-3  # variance within clips, scaled; less says little of the level
STEEPEST = 3.0  # natural log, 26 dB, for a standard deviation of the speed or the whole range of the load


def measure(batch: Batch, sample_rate: int, components: int) -> DriveStatistics:
    """Measure training clips and their conditions, with up to `components` principal components."""
    clips = batch.clips[:, 0]
    mean, scaled, factors = principal_components(average_spectra(clips, sample_rate), components)
    loadings = torch.zeros(components)
    known = _known(batch)
    if batch.condition is None or not len(known):
        flat = torch.zeros(CURVES, 2, POINTS)
        flat[:, 1] = 0.5
        ends = torch.full((2,), DEFAULT_SPEED)
        speeds = torch.full((QUANTILES,), DEFAULT_SPEED)
        scale = torch.tensor([DEFAULT_SPEED, 1.0])
        return DriveStatistics(mean, scaled, speeds, loadings, flat, scale, torch.zeros(2), ends)
    points = over_frames(batch.condition[known], POINTS)
    speed, load = points[:, SPEED], points[:, LOAD]
    scale = torch.stack([speed.mean(), speed.std().clamp(min=LEAST_SPREAD)])
    means = speed.mean(1)
    loadings[: factors.shape[1]] = rate_loadings(means.double().numpy(), factors[known])
    relative = speed - means[:, None]
    order = relative.std(1).argsort()
    rows = order[torch.linspace(0, len(order) - 1, CURVES).round().long()]
    return DriveStatistics(
        mean_spectrum=mean,
        components=scaled,
        speeds=torch.from_numpy(np.quantile(means.numpy(), np.linspace(0, 1, QUANTILES))).float(),
        speed_loadings=loadings,
        curves=torch.stack([relative, load], 1)[rows],
        scale=scale,
        level_slopes=level_slopes((speed - scale[0]) / scale[1], load, points[:, LEVEL]),
        speed_range=torch.stack([speed.min(), speed.max()]),
    )


def level_slopes(speed: Tensor, load: Tensor, level: Tensor) -> Tensor:
    """How the level (natural log) grows with the scaled speed and the load within clips, `(2,)`, never negative.

    Differences within clips tell it, all `(clips, points)`: how loud a recording is says nothing of its engine.
    """
    rows = torch.stack([speed - speed.mean(1, keepdim=True), load - load.mean(1, keepdim=True)], -1).flatten(0, 1)
    wanted = (level - level.mean(1, keepdim=True)).flatten()
    damped = rows.T @ rows + LEAST_EVIDENCE * len(rows) * torch.eye(2)
    found: Tensor = torch.linalg.solve(damped, rows.T @ wanted)
    return found.clamp(0, STEEPEST)


def _known(batch: Batch) -> Tensor:
    """Indices of the clips whose speed is known throughout."""
    if batch.condition is None:
        return torch.empty(0, dtype=torch.long)
    return torch.nonzero(batch.condition[:, SPEED_KNOWN].min(1).values > 0.5)[:, 0]
