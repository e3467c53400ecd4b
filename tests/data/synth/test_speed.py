"""Curves of rpm and load stay physical at any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.synth.engines import CLASSES, STATES
from wavegan_src.data.synth.grid import SIMULATION_RATE, Grid
from wavegan_src.data.synth.speed import draw_operation, wander


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 10_000), st.sampled_from(sorted(CLASSES)), st.sampled_from(STATES), st.sampled_from([0.1, 2.0, 7.0])
)
def test_curves_are_within_the_class(seed: int, engine_class: str, state: str, seconds: float) -> None:
    engine, grid = CLASSES[engine_class], Grid(seconds, 22050)
    operation = draw_operation(np.random.default_rng(seed), engine, state, grid)
    assert operation.rpm.shape == operation.load.shape == (grid.samples,)
    assert operation.rpm.min() > 0.85 * engine.idle_rpm[0]
    assert operation.rpm.max() < 1.1 * engine.rev_rpm[1]
    assert 0 <= operation.load.min() <= operation.load.max() <= 1
    turned = np.diff(operation.cycles) * SIMULATION_RATE
    np.testing.assert_allclose(turned, engine.cycles_per_second(1.0) * operation.rpm[1:], rtol=1e-6)


def test_a_rev_moves_and_an_idle_does_not() -> None:
    engine, grid = CLASSES["car_petrol"], Grid(4.0, 22050)

    def spans(state: str) -> list[float]:
        curves = [draw_operation(np.random.default_rng(k), engine, state, grid).rpm for k in range(20)]
        return [float(rpm.max() / rpm.min()) for rpm in curves]

    assert max(spans("idle")) < 1.15
    assert np.median(spans("rev")) > 2


def test_speed_is_continuous_through_the_switches_of_a_long_rev() -> None:
    grid = Grid(20.0, 22050)
    rpm = draw_operation(np.random.default_rng(5), CLASSES["motorbike"], "rev", grid).rpm
    assert np.abs(np.diff(rpm)).max() / rpm.mean() < 1e-3


def test_wandering_has_unit_variance() -> None:
    values = [wander(np.random.default_rng(k), Grid(5.0, 22050), 0.2) for k in range(20)]
    assert np.std(values) == pytest.approx(1, abs=0.15)
