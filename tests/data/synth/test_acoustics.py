"""Four-pole matrices against closed forms, and the exhaust line built from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.synth.acoustics import (
    cascade,
    draw_exhaust,
    helmholtz,
    modes,
    open_end,
    ripple,
    speed_of_sound,
    tube,
)
from wavegan_src.data.synth.engines import CLASSES
from wavegan_src.data.synth.grid import Array, Spectrum

FREQUENCIES = np.linspace(1, 4000, 4000)
SOUND = 343.0


def _wavenumber(loss: float = 0.0) -> Spectrum:
    return 2 * np.pi * FREQUENCIES / SOUND - 1j * loss * np.ones(len(FREQUENCIES))


def _peaks(level: Array) -> Array:
    inner = level[1:-1]
    return FREQUENCIES[1:-1][(inner > level[:-2]) & (inner > level[2:])]


def test_a_tube_closed_at_its_source_resonates_at_odd_quarter_waves() -> None:
    length = 0.5
    element = tube(_wavenumber(0.05), length, 400.0)
    outflow = 1 / np.abs(element.d)  # a source of velocity into an ideal open end, p = 0
    expected = SOUND / (4 * length) * np.arange(1, 24, 2)
    np.testing.assert_allclose(_peaks(outflow)[:8], expected[:8], atol=1.0)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.01, 3.0), st.floats(1.0, 1e6), st.floats(0.0, 0.5))
def test_elements_are_reciprocal(length: float, impedance: float, loss: float) -> None:
    element = tube(_wavenumber(loss), length, impedance)
    np.testing.assert_allclose(element.determinant(), 1, rtol=1e-6, atol=1e-6)
    joined = element.then(tube(_wavenumber(loss), 0.3, 5 * impedance))
    np.testing.assert_allclose(joined.determinant(), 1, rtol=1e-6, atol=1e-6)


def test_two_half_tubes_make_one() -> None:
    half, whole = (tube(_wavenumber(0.1), length, 400.0) for length in (0.4, 0.8))
    for found, expected in zip(cascade([half, half]), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def test_an_expansion_chamber_has_the_textbook_transmission_loss() -> None:
    ratio, length, impedance = 9.0, 0.3, 400.0
    a, b, c, d = tube(_wavenumber(), length, impedance / ratio)
    loss = 20 * np.log10(np.abs(a + b / impedance + c * impedance + d) / 2)
    sine = np.sin(2 * np.pi * FREQUENCIES / SOUND * length)
    expected = 10 * np.log10(1 + 0.25 * (ratio - 1 / ratio) ** 2 * sine**2)  # Munjal, section 2.9
    np.testing.assert_allclose(loss, expected, atol=1e-9)


def test_an_open_end_absorbs_little_at_low_frequencies() -> None:
    impedance = open_end(np.array([0.1, 1.0, 100.0]), 0.02, 400.0)
    assert (impedance.real > 0).all()
    assert impedance[0].imag == pytest.approx(400.0 * 0.61 * 0.002)
    assert abs(impedance[2]) < 400.0  # held where the series would diverge


@pytest.mark.parametrize("engine_class", CLASSES)
def test_exhaust_lines_are_finite_and_within_their_ranges(engine_class: str) -> None:
    ranges = CLASSES[engine_class].exhaust
    for seed in range(5):
        line = draw_exhaust(np.random.default_rng(seed), ranges)
        assert ranges.length_m[0] <= line.length <= ranges.length_m[1] + 1e-9
        assert ranges.chambers[0] <= len(line.chambers) <= ranges.chambers[1]
        assert len(line.pipes) == len(line.chambers) + 1
        assert np.isfinite(line.radiated(FREQUENCIES)).all()


def test_speed_of_sound_at_room_temperature() -> None:
    assert speed_of_sound(293.15) == pytest.approx(343.2, abs=0.3)


def test_a_helmholtz_resonator_peaks_by_its_quality() -> None:
    assert np.abs(helmholtz(np.array([1e-3, 100.0]), 100.0, 4.0)) == pytest.approx([1.0, 4.0])


def test_one_mode_peaks_where_it_lies() -> None:
    response = modes(np.random.default_rng(0), FREQUENCIES, band=(500, 500.001), count=1, quality=(20, 20), tilt=0)
    assert FREQUENCIES[np.abs(response).argmax()] == pytest.approx(500, abs=1)


def test_ripple_has_the_deviation_asked_for() -> None:
    level = 20 * np.log10(ripple(np.random.default_rng(1), FREQUENCIES, 0.0, 3))
    np.testing.assert_allclose(level, 0, atol=1e-9)
    levels = [20 * np.log10(ripple(np.random.default_rng(k), FREQUENCIES, 3.0, 3)[700]) for k in range(200)]
    assert 1.5 < np.std(levels) < 3.5
