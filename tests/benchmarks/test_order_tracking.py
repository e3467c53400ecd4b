"""The figures of `benchmarks/order_tracking.py`, on a tracker whose errors are known."""

import numpy as np
import pytest

from benchmarks.order_tracking import Item, Scores, labels_fit
from tests.support.pulse_trains import RATE, evenly, pulse_train, steady
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.multiples import Reading
from wavegan_src.dsp.order_tracking.tracker import SpeedTrack


def test_figures_of_known_errors() -> None:
    times = np.linspace(0, 0.15, 4)
    item = Item("a", np.zeros(4, np.float32), 8000, times, np.full(4, 1200.0), EngineLayout(4))
    readings = (Reading(EngineLayout(4), 4, 0.8), Reading(EngineLayout(4), 2, 0.2))
    rpm = np.array([1200.0, 1212, 1240, 2400])
    found = SpeedTrack(times, rpm, np.array([0.8, 0.8, 0.2, 0.8]), np.full(4, 40.0), readings)
    scores = Scores()
    scores.add(found, item)
    assert scores.summary() == {
        "clips": 1,
        "share_within_3_percent": 50.0,
        "median_error_percent": pytest.approx(2.17),
        "clips_right_percent": 100.0,
        "clips_with_right_reading_told_percent": 100.0,
        "clips_with_right_spacing_percent": 100.0,
        "share_with_labels_shifted_percent": 50.0,
        "labels_late_ms": 0,
        "confident_percent": 75.0,
        "confident_share_within_3_percent": 66.7,
    }


def test_of_no_confident_frames_there_is_no_share() -> None:
    times = np.linspace(0, 0.15, 4)
    item = Item("a", np.zeros(4, np.float32), 8000, times, np.full(4, 1200.0), EngineLayout(4))
    scores = Scores()
    scores.add(
        SpeedTrack(times, np.full(4, 1200.0), np.zeros(4), np.full(4, 40.0), (Reading(EngineLayout(4), 4, 1.0),)), item
    )
    found = scores.summary()
    assert found["confident_percent"] == 0
    assert found["confident_share_within_3_percent"] is None


def test_how_late_labels_are() -> None:
    times = np.arange(0, 2, 0.05)
    rpm = 1000 + 600 * np.sin(2 * times)
    item = Item("a", np.zeros(4, np.float32), 8000, times + 0.05, rpm, EngineLayout(4))
    readings = (Reading(EngineLayout(4), 4, 1.0),)
    scores = Scores()
    scores.add(SpeedTrack(times, rpm, np.ones(len(times)), rpm / 30, readings), item)
    assert scores.summary()["labels_late_ms"] == 50
    shifted, here = (scores.summary()[f"share_{name}_percent"] for name in ("with_labels_shifted", "within_3"))
    assert shifted is not None
    assert here is not None
    assert shifted > here


def test_labels_that_fit_the_sound_and_labels_that_do_not() -> None:
    rpm = steady(1500, 1.5)
    sound = pulse_train(rpm, evenly(4), (1, 0.6, 0.8, 0.7)).astype(np.float32)
    times = np.arange(len(rpm)) / RATE
    for factor, share in ((1.0, 1.0), (0.9, 0.0), (1.07, 0.0)):
        item = Item("a", sound, RATE, times, factor * rpm, EngineLayout(4))
        assert labels_fit(item).mean() == pytest.approx(share, abs=0.1)
