"""Fetching in pieces gives what fetching at once does."""

import torch

from wavegan_src.generation.streaming.noise_reader import NoiseReader

PIECE = 128


def test_pieces_are_the_whole_and_few() -> None:
    noise = torch.randn(1, 3, 4 * PIECE)
    fetched: list[int] = []

    def fetch(first: int, last: int) -> torch.Tensor:
        fetched.append(first)
        return noise[:, :, first + PIECE : last + 1 + PIECE]

    reader = NoiseReader(fetch, PIECE)
    for first in range(-PIECE, PIECE, 25):
        found = reader.read(first, first + 28)
        assert (found == noise[0, :, first + PIECE : first + 29 + PIECE].numpy()).all()
    assert len(fetched) < 5
