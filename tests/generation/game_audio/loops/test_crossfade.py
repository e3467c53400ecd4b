import numpy as np
import pytest

from wavegan_src.generation.game_audio.loops.crossfade import FADE_S, SHORTEST_S, crossfade_loop, faded, likeness
from wavegan_src.utils.errors import UserError

RATE = 8000


def test_a_periodic_sound_loops_at_whole_periods_as_if_it_went_on() -> None:
    period = 174  # samples; a loop has an even number
    sound = 0.5 * np.sin(2 * np.pi * np.arange(2 * RATE) / period).astype(np.float32)
    loop = crossfade_loop(sound, RATE, RATE)
    assert len(loop.samples) % period == 0
    assert len(loop.samples) >= SHORTEST_S * RATE
    assert loop.correlation == pytest.approx(1, abs=1e-6)
    turns = np.tile(loop.samples, 2)
    np.testing.assert_allclose(turns[period:], turns[:-period], atol=1e-4)


def test_noise_keeps_its_power_over_the_seam_and_does_not_jump() -> None:
    noise = np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    smooth = np.convolve(noise, np.hanning(9), "same").astype(np.float32)
    loop = crossfade_loop(0.05 * smooth, RATE, RATE)
    steps = np.abs(np.diff(np.append(loop.samples, loop.samples[0])))
    assert steps[-1] <= np.quantile(steps, 0.999)
    fade = round(FADE_S * RATE)
    ratio = np.std(loop.samples[-fade:]) / np.std(loop.samples[:-fade])
    assert ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_a_fade_keeps_the_power_of_sounds_of_its_correlation(correlation: float) -> None:
    random = np.random.default_rng(1)
    out, other = random.standard_normal((2, 200_000))
    into = correlation * out + np.sqrt(1 - correlation**2) * other
    found = faded(out, into, correlation)
    assert [np.std(part) for part in np.split(found, 5)] == pytest.approx([1] * 5, abs=0.02)


def test_likeness_is_the_correlation_coefficient() -> None:
    random = np.random.default_rng(2)
    piece, sound = random.standard_normal(50), random.standard_normal(400)
    found = likeness(piece, sound)
    assert len(found) == 351
    stretch = sound[100:150]
    assert found[100] == pytest.approx(piece @ stretch / np.sqrt(piece @ piece * (stretch @ stretch)))


def test_silence_loops_and_a_short_clip_is_refused() -> None:
    assert not crossfade_loop(np.zeros(2 * RATE, np.float32), RATE, RATE).samples.any()
    with pytest.raises(UserError, match=r"clips are 0.50 s long, and a loop by crossfade needs 0.75 s"):
        crossfade_loop(np.zeros(RATE // 2, np.float32), RATE, RATE)
