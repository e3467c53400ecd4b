import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wavegan_src.dsp.trends import FEWEST, running_median, trend

RANDOM = np.random.default_rng(3)


def test_slope_interval_and_probability_agree_with_scipy() -> None:
    for count in (8, 15, 40):
        x = np.cumsum(RANDOM.integers(1, 9, count)).astype(float)
        y = 50 - 0.2 * x + 3 * RANDOM.standard_normal(count)
        found = trend(x, y)
        assert found is not None
        slope, _, low, high = stats.theilslopes(y, x, 0.95)
        scale = (x[-1] - x[0]) / np.median(np.abs(y))
        assert found.change == pytest.approx(slope * scale)
        assert found.low == pytest.approx(low * scale, rel=0.1, abs=0.02)  # scipy rounds the ranks its own way
        assert found.high == pytest.approx(high * scale, rel=0.1, abs=0.02)
        assert found.p == pytest.approx(stats.kendalltau(x, y, method="asymptotic").pvalue, abs=0.1)


def test_probability_is_the_exact_one_within_its_rounding() -> None:
    for _ in range(20):
        y = RANDOM.standard_normal(10)
        found = trend(np.arange(10.0), y)
        assert found is not None
        assert found.p == pytest.approx(stats.kendalltau(np.arange(10), y, method="exact").pvalue, abs=0.02)


def test_five_points_are_the_fewest_that_can_be_significant() -> None:
    assert FEWEST == 5
    assert stats.kendalltau(range(5), range(5), method="exact").pvalue < 0.05
    assert stats.kendalltau(range(4), range(4), method="exact").pvalue > 0.05
    found = trend(np.arange(5.0), np.arange(5.0)[::-1])
    assert found is not None
    assert found.falls(0.05)
    assert trend(np.arange(4.0), np.arange(4.0)) is None


def test_no_trend_is_found_as_often_as_promised() -> None:
    wrong = sum(found.p < 0.05 for _ in range(1000) if (found := trend(np.arange(10.0), RANDOM.standard_normal(10))))
    assert 15 < wrong < 75


def test_unit_and_scale_drop_out() -> None:
    x, y = np.arange(12.0), 5 + RANDOM.standard_normal(12)
    one, other = trend(x, y), trend(10 * x + 3, 1e-6 * y)
    assert one is not None
    assert other is not None
    assert (one.change, one.low, one.p, one.scatter) == pytest.approx((other.change, other.low, other.p, other.scatter))


def test_one_wild_value_does_not_decide() -> None:
    x, y = np.arange(12.0), 100.0 - np.arange(12.0)
    y[5] = 1e9
    found = trend(x, y)
    assert found is not None
    assert found.falls(0.05)
    assert found.change == pytest.approx(-11 / 94, rel=0.1)


def test_scatter_is_that_of_the_noise() -> None:
    noise = 4.0 * RANDOM.standard_normal(400)
    found = trend(np.arange(400.0), 100.0 + noise)
    assert found is not None
    assert found.scatter == pytest.approx(0.04, rel=0.15)


def test_start_and_end_are_the_outer_thirds() -> None:
    found = trend(np.arange(9.0), np.array([9.0, 8, 7, 5, 5, 5, 3, 2, 1]))
    assert found is not None
    assert (found.start, found.end, found.level) == (8, 2, 5)


@pytest.mark.parametrize("value", [0.0, 1.0, -1e9, 1e300])
def test_a_constant_has_no_trend(value: float) -> None:
    found = trend(np.arange(10.0), np.full(10, value))
    assert found is not None
    assert (found.change, found.p, found.scatter) == (0, 1, 0)
    assert found.level == pytest.approx(value)


def test_what_is_not_finite_is_left_out() -> None:
    y = np.arange(10.0)
    y[[2, 7]] = np.nan, np.inf
    found = trend(np.arange(10.0), y)
    assert found is not None
    assert (found.count, found.p < 0.01) == (8, True)
    assert trend(np.arange(10.0), np.full(10, np.nan)) is None
    assert trend(np.empty(0), np.empty(0)) is None


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_no_series_breaks_it(values: list[float]) -> None:
    found = trend(np.arange(float(len(values))), np.array(values, dtype=np.float64))
    if found is not None:
        assert all(map(math.isfinite, (found.p, found.scatter)))
        assert 0 <= found.p <= 1
        assert found.low <= found.change <= found.high


def test_running_median_equals_the_naive_one() -> None:
    values = np.random.default_rng(1).normal(size=50)
    values[7] = math.nan
    naive = [np.nanmedian(values[max(0, i - 3) : i + 4]) for i in range(50)]
    np.testing.assert_allclose(running_median(values, 7), naive)
    assert np.isnan(running_median(np.full(9, math.nan), 3)).all()
