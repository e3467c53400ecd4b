"""Which channels are mixed, and the mix."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.audio import RATE, noise, sine
from wavegan_src.data.decoding.channels import ChannelLevels, ChannelReason, mix_down

ENGINE = noise(2, 1)
HISS = noise(2, 2, level=0.0005)
RUMBLE = sine(2, hertz=3, level=0.4)


def choose(*channels: NDArray[np.float32]) -> tuple[tuple[int, ...], ChannelReason]:
    levels = ChannelLevels(len(channels), RATE)
    for block in np.array_split(np.stack(channels, axis=1), 3):
        levels.add(block)
    choice = levels.choose()
    return choice.channels, choice.reason


@pytest.mark.parametrize(
    ("channels", "used", "reason"),
    [
        ((ENGINE, ENGINE), (0, 1), ChannelReason.ALL),
        ((ENGINE, noise(2, 3)), (0, 1), ChannelReason.ALL),
        ((ENGINE, -ENGINE), (0,), ChannelReason.CANCEL),
        ((ENGINE * 0.5, -ENGINE + HISS), (1,), ChannelReason.CANCEL),
        ((ENGINE + RUMBLE, RUMBLE - ENGINE), (0,), ChannelReason.CANCEL),
        ((ENGINE, 0 * ENGINE), (0,), ChannelReason.DEAD),
        ((0.3 + HISS, ENGINE), (1,), ChannelReason.DEAD),
        ((0 * ENGINE, 0 * ENGINE), (0, 1), ChannelReason.ALL),
        ((ENGINE * 0.1, ENGINE, np.roll(ENGINE, 40) * 0.5, HISS), (1,), ChannelReason.MANY),
        ((np.clip(9 * ENGINE, -1, 1), ENGINE, ENGINE * 0.5), (1,), ChannelReason.MANY),
        ((HISS * 0, ENGINE, HISS * 0, ENGINE), (1, 3), ChannelReason.DEAD),
        ((ENGINE,), (0,), ChannelReason.ALL),
    ],
)
def test_channels_that_carry_the_sound(
    channels: tuple[NDArray[np.float32], ...], used: tuple[int, ...], reason: ChannelReason
) -> None:
    assert choose(*channels) == (used, reason)


def test_unusable_values_do_not_choose() -> None:
    broken = ENGINE.copy()
    broken[::7] = np.nan
    broken[5] = 1e30
    assert choose(broken * 0.01, ENGINE) == ((1,), ChannelReason.DEAD)


def test_mono_is_the_mean_of_the_channels() -> None:
    block = np.stack([noise(0.5, seed) for seed in range(6)], axis=1)
    np.testing.assert_allclose(mix_down(block).samples, block.mean(axis=1), atol=1e-7)
    np.testing.assert_allclose(mix_down(block, (1, 4)).samples, block[:, [1, 4]].mean(axis=1), atol=1e-7)


def test_absurd_values_are_like_non_finite_ones() -> None:
    block = mix_down(np.array([[1e38, 1e38], [0.5, 0.25]], np.float32))
    assert block.unusable is not None
    assert block.unusable.tolist() == [True, False]
    assert block.samples.tolist() == [0.0, 0.375]
