"""Scattering of pulses against a plain loop, and the pulses' shapes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.synth.grid import Array
from wavegan_src.data.synth.pulses import (
    BLOW_DOWN_SPAN,
    ROUND_SWELL_SPAN,
    blow_down,
    round_swell,
    scatter_impulses,
    scatter_pulses,
    swell,
)

RATE = 1000.0


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 200), st.integers(1, 400))
def test_pulses_equal_a_loop(seed: int, pulses: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    times = rng.uniform(-0.1, 0.5, pulses)
    amplitudes, scales = rng.normal(size=pulses), rng.uniform(0.002, 0.02, pulses)
    expected = np.zeros(samples)
    for time, amplitude, scale in zip(times, amplitudes, scales, strict=True):
        if 0 <= time < samples / RATE:
            for k in range(samples):
                since = (k / RATE - time) / scale
                if 0 < since <= 12:
                    expected[k] += amplitude * since * np.exp(1 - since)
    found = scatter_pulses(times, amplitudes, scales, swell, span=12.0, samples=samples, rate=RATE)
    assert found.shape == (samples,)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 100))
def test_impulses_equal_a_loop(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    times, amplitudes, samples = rng.uniform(-0.05, 0.15, count), rng.normal(size=count), 100
    expected = np.zeros(samples)
    for time, amplitude in zip(times, amplitudes, strict=True):
        before = int(np.floor(time * RATE))
        if before >= 0 and time * RATE < samples - 1:
            share = time * RATE - before
            expected[before] += amplitude * (1 - share)
            expected[before + 1] += amplitude * share
    np.testing.assert_allclose(scatter_impulses(times, amplitudes, samples, RATE), expected, atol=1e-9)


def test_times_outside_and_infinite_are_left_out() -> None:
    times, ones = np.array([-1.0, np.inf, 5.0]), np.ones(3)
    assert not scatter_impulses(times, ones, 50, RATE).any()
    assert not scatter_pulses(times, ones, 0.01 * ones, swell, span=8.0, samples=50, rate=RATE).any()


def test_a_blow_down_leaves_no_net_flow() -> None:
    """As it is cut off in the sources: the sum of its samples is next to nothing beside what flows out."""
    flow = scatter_pulses(
        np.array([0.0]), np.ones(1), np.ones(1), blow_down, span=BLOW_DOWN_SPAN, samples=4000, rate=100.0
    )
    outflow = flow[flow > 0].sum()
    assert abs(flow.sum()) < 0.006 * outflow
    cut = scatter_pulses(np.array([0.0]), np.ones(1), np.ones(1), blow_down, span=16.0, samples=4000, rate=100.0)
    assert cut.sum() > 0.09 * outflow  # a shorter span would not do


@pytest.mark.parametrize(
    ("shape", "span", "decay_db"), [(blow_down, BLOW_DOWN_SPAN, 50), (round_swell, ROUND_SWELL_SPAN, 120)]
)
def test_pulses_are_cut_off_where_nothing_is_left(
    shape: Callable[[Array], Array], span: float, decay_db: float
) -> None:
    values = np.abs(shape(np.linspace(0, 200, 200_001)))
    after = np.abs(shape(np.linspace(span, 200, 100_001)))
    assert after.max() < values.max() * 10 ** (-decay_db / 20)


def test_a_swell_has_area_e() -> None:
    time = np.linspace(0, 200, 200_001)
    assert np.trapezoid(swell(time), time) == pytest.approx(np.e, abs=1e-6)


@pytest.mark.parametrize("shape", [swell, round_swell])
def test_swells_peak_at_one(shape: object) -> None:
    assert callable(shape)
    values = shape(np.linspace(0, 10, 1001))
    assert values.max() == pytest.approx(1)
    assert values.argmax() == 100
