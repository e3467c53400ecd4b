"""Rendering many clips at once."""

import torch

from wavegan_src.models.drive.entry import PIECE
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.registry import fast_waveforms


def test_clips_rendered_in_pieces_are_those_of_the_whole_batch(generator: DriveGenerator) -> None:
    latents = torch.randn(PIECE + 1, 8)
    waveforms = fast_waveforms(generator)
    assert waveforms is not None
    torch.testing.assert_close(waveforms(latents), generator(latents)[:, 0], atol=1e-5, rtol=0)
