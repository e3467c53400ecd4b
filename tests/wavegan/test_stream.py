"""Streaming as a program does: blocks of any size, controls that are checked, and a latency that is kept."""

from typing import Any

import numpy as np
import pytest

import wavegan
from tests.support.driving import small_model
from wavegan_src.utils.errors import UserError


@pytest.fixture
def model(tiny_values: dict[str, Any]) -> wavegan.Model:
    return wavegan.Model(small_model(tiny_values, "drive"))


def test_blocks_of_any_size_make_one_sound(model: wavegan.Model) -> None:
    whole = wavegan.EngineStream(model, 17, rpm=2000, load=0.5).render(3000)
    stream = wavegan.EngineStream(model, 17, rpm=2000, load=0.5)
    parts = [stream.render(samples) for samples in (1, 0, 127, 128, 129, 1000, 1615)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole.dtype == np.float32
    assert np.abs(whole).max() <= 1


def test_a_change_is_heard_within_the_latency_and_not_before(model: wavegan.Model) -> None:
    steady = wavegan.EngineStream(model, 17, rpm=2000, load=0.5)
    changed = wavegan.EngineStream(model, 17, rpm=2000, load=0.5)
    before = steady.render(500)
    assert np.array_equal(changed.render(500), before)
    changed.rpm, changed.load = 4000, 1
    latency = int(changed.latency * changed.sample_rate)
    assert changed.latency == pytest.approx(7 * 32 / 8192)  # 7 frames: at 22050 Hz, 20 ms
    difference = np.abs(changed.render(2000) - steady.render(2000))
    assert difference[latency : latency + 200].max() > 1e-3
    longest_wait = 4 * 32
    assert difference[:longest_wait].max() < difference[latency:].max()


def test_it_goes_at_the_speed_asked_for(model: wavegan.Model) -> None:
    """Pulses alone, of a cycle whose tables have one order: their period is the cycle's."""
    generator = model.trained.generator
    two_stroke = wavegan.EngineStream(model, 3, rpm=1200, strokes=2)
    four_stroke = wavegan.EngineStream(model, 3, rpm=2400, strokes=4)
    assert np.array_equal(two_stroke.render(400), four_stroke.render(400))
    assert generator is model.trained.generator


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rpm": 10}, "The rpm is 10: give 60 to 20000"),
        ({"rpm": float("nan")}, "The rpm is nan"),
        ({"load": 1.5}, "The load is 1.5: give 0 "),
        ({"strokes": 3}, "strokes is 3: give 2 or 4"),
        ({"seed": -1}, "The seed -1 is out of range"),
    ],
)
def test_what_is_out_of_range_is_told(model: wavegan.Model, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        wavegan.EngineStream(model, **{"seed": 17, **options})


def test_later_mistakes_leave_the_stream_as_it_was(model: wavegan.Model) -> None:
    stream = wavegan.EngineStream(model, 17, rpm=2000)
    with pytest.raises(UserError, match="The rpm is 0"):
        stream.rpm = 0
    with pytest.raises(UserError, match="The load is -1"):
        stream.load = -1
    with pytest.raises(UserError, match="-1 samples"):
        stream.render(-1)
    assert (stream.rpm, stream.load) == (2000, 0)


def test_a_model_without_speeds_is_refused(tiny_values: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="cannot be driven"):
        wavegan.EngineStream(wavegan.Model(small_model(tiny_values, "engine")), 17)
