"""Clips: repeatable, in range, of the asked length at any rate, and labelled with the truth."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from wavegan_src.data.synth.engines import CLASSES, STATES
from wavegan_src.data.synth.labels import EngineLabels
from wavegan_src.data.synth.render import render
from wavegan_src.utils.errors import UserError

PAIRS = [(engine_class, state) for engine_class in CLASSES for state in STATES]


@pytest.mark.parametrize(("engine_class", "state"), PAIRS)
def test_clips_are_repeatable_and_in_range(engine_class: str, state: str) -> None:
    first, labels = render(engine_class, state, 7)
    again, same_labels = render(engine_class, state, 7)
    assert first.tobytes() == again.tobytes()
    assert labels == same_labels
    assert first.shape == (44100,)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(first).max() <= 1
    assert -26 < 20 * np.log10(first.std()) < -14


def test_seeds_classes_and_states_differ() -> None:
    clips = {render(name, state, seed, seconds=0.1)[0].tobytes() for name, state in PAIRS for seed in (0, 1)}
    assert len(clips) == 2 * len(PAIRS)


@settings(deadline=None, max_examples=12)
@given(
    st.sampled_from(PAIRS),
    st.integers(0, 2**40),
    st.one_of(st.sampled_from([8000, 16000, 22050, 44100, 48000, 96000]), st.integers(8000, 96000)),
    st.floats(0.1, 1.0),
)
@example(("two_stroke", "rev"), 0, 8000, 0.1)
@example(("tractor", "idle"), 0, 96000, 0.1)
@example(("truck_diesel", "cruise"), 3, 1000, 0.064)
def test_any_rate_and_length(pair: tuple[str, str], seed: int, sample_rate: int, seconds: float) -> None:
    samples, labels = render(*pair, seed, sample_rate, seconds)
    assert samples.shape == (round(sample_rate * seconds),)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1
    assert samples.std() > 0.001
    assert labels.rpm_min <= labels.rpm_mean <= labels.rpm_max
    assert len(labels.rpm_curve) >= 1


def test_a_minute_renders() -> None:
    samples, labels = render("motorbike", "rev", 1, 8000, 60.0)
    assert samples.shape == (480_000,)
    assert len(labels.rpm_curve) == 3000
    thirds = samples.reshape(3, -1).std(axis=1)
    assert thirds.min() > 0.3 * thirds.max()


def test_the_rate_does_not_change_the_engine() -> None:
    labels = [render("tractor", "idle", 3, rate)[1] for rate in (8000, 16000, 22050)]
    assert len({item.firing_hz for item in labels}) == 1


@pytest.mark.parametrize("state", STATES)
def test_labels_agree_with_each_other(state: str) -> None:
    for engine_class, engine in CLASSES.items():
        labels = render(engine_class, state, 11)[1]
        assert labels.firing_hz == pytest.approx(labels.rpm_mean / 60 * labels.cylinders * 2 / labels.strokes)
        assert labels.strokes == engine.strokes
        assert labels.layout in engine.layouts
        assert 0 <= labels.load <= 1
        curve = np.array(labels.rpm_curve)
        assert len(curve) == labels.rpm_curve_rate * labels.seconds
        assert labels.rpm_min <= curve.min() <= curve.max() <= labels.rpm_max
        assert curve.mean() == pytest.approx(labels.rpm_mean, rel=0.02)


def test_labels_become_plain_json() -> None:
    values = render("car_petrol", "rev", 2, seconds=0.5)[1].to_json()
    assert json.loads(json.dumps(values)) == values
    assert set(values) == set(EngineLabels.__dataclass_fields__)
    assert values["rpm_min"] <= min(values["rpm_curve"]) <= max(values["rpm_curve"]) <= values["rpm_max"]


def _correlation(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Summed autocorrelation of the waveform and of two bands' envelopes, lags up to half the clip."""
    parts = [samples]
    for band in ((60, 600), (600, 6000)):
        envelope = np.abs(
            signal.hilbert(signal.sosfilt(signal.butter(2, band, "bandpass", fs=rate, output="sos"), samples))
        )
        parts.append(envelope - envelope.mean())
    power = [np.abs(np.fft.rfft(part, 2 * len(part))) ** 2 for part in parts]
    total: NDArray[np.float64] = np.sum([np.fft.irfft(p)[: len(samples) // 2] / p.mean() for p in power], axis=0)
    return total


def test_steady_clips_repeat_at_the_labelled_cycle() -> None:
    """The strongest repetition within 20 % of the labelled cycle lies within 2 % of it; by chance one in ten would."""
    found = []
    for engine_class in CLASSES:
        for seed in range(100, 108):
            samples, labels = render(engine_class, "cruise", seed)
            correlation = _correlation(samples.astype(np.float64), labels.sample_rate)
            cycle = labels.sample_rate * labels.cylinders / labels.firing_hz
            low, high = int(0.8 * cycle), int(1.2 * cycle) + 1
            found.append(abs(low + correlation[low : high + 1].argmax() - cycle) < max(2.0, 0.02 * cycle))
    assert np.mean(found) >= 0.8, f"{np.mean(found):.0%} of {len(found)} clips"


def test_bad_input_is_told_plainly() -> None:
    with pytest.raises(UserError, match="did you mean car_petrol"):
        render("car_petrl", "idle", 0)
    with pytest.raises(UserError, match="did you mean idle"):
        render("car_petrol", "idel", 0)
    with pytest.raises(UserError, match="seed"):
        render("car_petrol", "idle", -1)
    with pytest.raises(UserError, match="sample rate"):
        render("car_petrol", "idle", 0, sample_rate=10)
    for seconds in (0.0, -1.0, 61.0, float("nan")):
        with pytest.raises(UserError, match="clip of"):
            render("car_petrol", "idle", 0, seconds=seconds)


def test_importing_the_synthesiser_does_not_import_torch() -> None:
    code = "import sys, wavegan_src.data.synth.engine_set; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
