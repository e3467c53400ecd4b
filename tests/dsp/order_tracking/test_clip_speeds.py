import numpy as np
import pytest

from tests.support.pulse_trains import RATE, evenly, pulse_train, steady
from wavegan_src.dsp.arrays import Clips
from wavegan_src.dsp.order_tracking.clip_speeds import track_clips
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.utils.errors import UserError

FOUR, TWO_STROKE = EngineLayout(4), EngineLayout(1, 2)


@pytest.fixture(scope="module")
def clips() -> Clips:
    """A four-cylinder engine at 1500 rpm, a two-stroke single at 3000 rpm, and silence."""
    four = pulse_train(steady(1500, 1.0), evenly(4), (1, 0.6, 0.8, 0.7))
    single = pulse_train(steady(3000, 1.0), (0.0,), strokes=2)
    return np.stack([four, single, np.zeros(RATE)]).astype(np.float32)


def test_working_cycles_per_second_of_each_clip(clips: Clips) -> None:
    found = track_clips(clips, RATE, (FOUR, TWO_STROKE, None))
    assert found.times.shape == (21,)
    assert found.cycle_hz.shape == found.confidence.shape == (3, 21)
    assert np.median(found.cycle_hz, axis=1)[:2] == pytest.approx([1500 / 120, 3000 / 60], rel=0.01)
    assert np.median(found.firing_hz, axis=1)[:2] == pytest.approx([50, 50], rel=0.01)
    assert (np.median(found.confidence, axis=1)[:2] > 0.5).all()
    assert (found.confidence[2] < 0.5).all()
    assert found.layouts[:2] == (FOUR, TWO_STROKE)


def test_a_clip_does_not_depend_on_the_others(clips: Clips) -> None:
    together, alone = track_clips(clips[:2], RATE, FOUR), track_clips(clips[1:2], RATE, [FOUR])
    np.testing.assert_array_equal(together.cycle_hz[1], alone.cycle_hz[0])
    np.testing.assert_array_equal(together.confidence[1], alone.confidence[0])


def test_no_clips() -> None:
    assert track_clips(np.empty((0, RATE), np.float32), RATE).cycle_hz.shape[0] == 0


def test_bad_input(clips: Clips) -> None:
    with pytest.raises(ValueError, match="zip"):
        track_clips(clips, RATE, [FOUR])
    with pytest.raises(UserError, match=r"needs 0\.5 s"):
        track_clips(clips[:, : RATE // 4], RATE)
