"""Statistics of clips whose course is known."""

import numpy as np
import torch

from tests.support.driving import RATE, condition
from wavegan_src.data.batch import Batch
from wavegan_src.models.drive.generator import CURVES, DEFAULT_SPEED, POINTS
from wavegan_src.models.drive.statistics import LEAST_SPREAD, measure
from wavegan_src.models.engine.clip_statistics import average_spectra


def test_speeds_are_those_of_the_conditions() -> None:
    starts = torch.linspace(3, 4, 24)[:, None]
    swings = torch.rand(24, 1)
    speed = starts + swings * torch.linspace(-0.5, 0.5, POINTS)
    load = torch.rand(24, 1).expand(-1, POINTS)
    asked, clips = condition(speed, load), 0.1 * torch.randn(24, 1, 4096)
    unknown = torch.zeros_like(asked[:1])
    found = measure(Batch(torch.cat([clips, clips[:1]]), torch.cat([asked, unknown])), RATE, 4)
    np.testing.assert_allclose(found.speeds[[0, 16, 32, 64]], np.quantile(starts.numpy(), [0, 0.25, 0.5, 1]), atol=1e-5)
    torch.testing.assert_close(found.scale, torch.stack([speed.mean(), speed.std()]))
    torch.testing.assert_close(found.speed_range, torch.stack([speed.min(), speed.max()]))
    spans = found.curves[:, 0, -1] - found.curves[:, 0, 0]
    assert found.curves.shape == (CURVES, 2, POINTS)
    assert (spans.diff() > -1e-5).all()
    torch.testing.assert_close(spans[[0, -1]], torch.stack([swings.min(), swings.max()]))
    assert set(found.curves[:, 1].flatten().tolist()) == set(load.flatten().tolist())
    spectra = average_spectra(torch.cat([clips, clips[:1]])[:, 0], RATE)
    torch.testing.assert_close(found.mean_spectrum, spectra.mean(0))


def test_the_swings_go_with_their_loads() -> None:
    swings = torch.linspace(0, 1, 8)[:, None]
    asked = condition(4 + swings * torch.linspace(-0.5, 0.5, POINTS), swings.expand(-1, POINTS))
    found = measure(Batch(0.1 * torch.randn(8, 1, 4096), asked), RATE, 4)
    torch.testing.assert_close(found.curves[:, 0, -1] - found.curves[:, 0, 0], found.curves[:, 1, 0])


def test_clips_of_one_speed_leave_some_spread() -> None:
    asked = condition(torch.full((4, 2), 4.0), torch.full((4, 2), 0.5))
    found = measure(Batch(0.1 * torch.randn(4, 1, 4096), asked), RATE, 2)
    torch.testing.assert_close(found.scale, torch.tensor([4, LEAST_SPREAD]))
    assert not found.curves[:, 0].abs().max() > 1e-6


def test_clips_of_unknown_speed_have_the_usual_one() -> None:
    clips = 0.1 * torch.randn(4, 1, 4096)
    for batch in (Batch(clips), Batch(clips, torch.zeros_like(condition(torch.zeros(4, POINTS))))):
        found = measure(batch, RATE, 6)
        torch.testing.assert_close(found.speeds, torch.full_like(found.speeds, DEFAULT_SPEED))
        assert set(found.curves[:, 1].flatten().tolist()) == {0.5}
        assert not found.speed_loadings.any()
        assert not found.components[3:].any()
