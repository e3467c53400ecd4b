"""The search for copies, on takes whose relations are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.sounds import engine_take
from wavegan_src.dsp.copy_search import common_share, find_copies, flat_spectrum

RATE, SECONDS = 8000, 2.0
LENGTH = 16000
TAKES = [engine_take(6.0, RATE, seed=seed) for seed in range(5)]  # one engine at one speed
Clip = NDArray[np.float32]


def found(takes: list[Clip], sides: list[int] | None = None) -> set[tuple[int, int]]:
    """The takes that have the same sound, cut into abutting clips."""
    clips, owners, offsets = [], [], []
    for owner, take in enumerate(takes):
        for start in range(0, len(take) - LENGTH + 1, LENGTH):
            clips.append(take[start : start + LENGTH])
            owners.append(owner)
            offsets.append(start / RATE)
    of_clips = None if sides is None else [sides[owner] for owner in owners]
    matches = find_copies(lambda clip: clips[clip], owners, offsets, RATE, SECONDS, of_clips)
    return {(owners[match.first], owners[match.second]) for match in matches}


def test_takes_of_one_engine_at_one_speed_are_no_copies() -> None:
    assert found(TAKES) == set()


def microphone(take: Clip) -> Clip:
    """Another place: delayed, filtered, with an echo and noise of its own."""
    rng = np.random.default_rng(9)
    response = rng.normal(size=800) * np.exp(-np.arange(800) / 150) * 0.15
    response[40] += 1
    moved = np.convolve(take, response)[: len(take)]
    return (0.3 * moved + rng.normal(0, 0.03 * take.std(), len(take))).astype(np.float32)


@pytest.mark.parametrize(
    "copy",
    [
        TAKES[2] * np.float32(0.02),
        TAKES[2][3217:],  # begins between the clips of the other
        TAKES[2][20000:40000],  # an excerpt
        np.round(TAKES[2] * 100).astype(np.float32),  # coarse steps, as of a bad format
        np.concatenate([engine_take(3.0, RATE, seed=77), TAKES[2][:24000]]),  # overlaps in part
        -TAKES[2],
        microphone(TAKES[2]),
    ],
    ids=["quieter", "shifted", "excerpt", "coarse", "partial", "polarity", "microphone"],
)
def test_a_copy_is_found_and_nothing_else(copy: Clip) -> None:
    assert found([*TAKES, copy]) == {(2, 5)}


def test_only_different_sides_are_compared() -> None:
    takes = [TAKES[0], TAKES[0], TAKES[0]]
    assert found(takes) == {(0, 1), (0, 2), (1, 2)}
    assert found(takes, [0, 0, 1]) == {(0, 2), (1, 2)}
    assert found(takes, [1, 1, 1]) == set()
    assert found(takes[:1]) == set()


def test_steady_tones_match_only_if_their_samples_are_equal() -> None:
    time = np.arange(LENGTH) / RATE
    tones = [np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (200, 200, 210)]
    assert found(tones) == {(0, 1)}


def test_the_share_is_that_of_common_sound() -> None:
    rng = np.random.default_rng(0)
    common, one, other = rng.normal(size=(3, LENGTH)).astype(np.float32)
    for part in (0.3, 0.6, 1.0):
        mixed = [np.sqrt(part) * common + np.sqrt(1 - part) * own for own in (one, other)]
        first, second = (flat_spectrum(clip.astype(np.float32), RATE) for clip in mixed)
        share = common_share(first, second, RATE)
        assert share == pytest.approx(part, abs=0.06)
    assert common_share(flat_spectrum(one, RATE), flat_spectrum(other, RATE), RATE) is None
    silent = flat_spectrum(np.zeros(LENGTH, np.float32), RATE)
    assert common_share(silent, silent, RATE) is None
