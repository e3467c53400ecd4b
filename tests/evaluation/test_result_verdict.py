import json

import pytest

from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.result import Bounded, Score


def bounded(measure: str, value: float, spread: float = 0.0) -> Bounded:
    interval = Interval(value - spread, value + spread, 200) if spread else None
    return Bounded(Measurement(measure, value, 10, 10), interval)


def score(measure: str, value: float, real: float, noise: float, spread: float = 0.0) -> Score:
    anchors = {"real": bounded(measure, real, spread), "shaped_noise": bounded(measure, noise, spread)}
    return Score(bounded(measure, value, spread), anchors)


@pytest.mark.parametrize(
    ("value", "position", "word"),
    [(20.0, 1.0, "as near as real"), (40.0, 0.5, "50%"), (60.0, 0.0, "0%"), (80.0, -0.5, "worse than noise")],
)
def test_position_between_noise_and_real(value: float, position: float, word: str) -> None:
    taken = score("fad", value, real=20.0, noise=60.0, spread=2.0)
    assert taken.position == pytest.approx(position)
    assert taken.discriminates is True
    assert word in taken.words


def test_works_where_higher_is_better() -> None:
    taken = score("coverage", 0.4, real=0.9, noise=0.1, spread=0.05)
    assert taken.position == pytest.approx(0.375)
    assert taken.discriminates is True


@pytest.mark.parametrize(("real", "noise", "spread"), [(0.04, 0.01, 0.03), (0.01, 0.04, 0.001), (0.02, 0.02, 0.0)])
def test_says_so_where_the_measure_does_not_discriminate(real: float, noise: float, spread: float) -> None:
    taken = score("stoi", 0.02, real, noise, spread)
    assert taken.discriminates is False
    assert taken.position is None or taken.position > 0  # only overlapping intervals leave one
    assert "does not discriminate here" in taken.words


def test_missing_values_and_anchors_are_told() -> None:
    absent = Score(Bounded(Measurement.absent("pesq", "no compiler")))
    assert absent.position is None
    assert absent.words == "not measured: no compiler"
    assert "no anchors" in Score(bounded("kad", 1.0)).words
    half = Score(bounded("pesq", 1.0), {"real": absent.generated, "shaped_noise": bounded("pesq", 1.0)})
    assert half.discriminates is None
    assert half.position is None


@pytest.mark.parametrize(
    ("ratio", "word"), [(0.0, "is a training clip"), (0.2, "5.0 times"), (1.1, "keep"), (9.0, "far")]
)
def test_memorisation_has_words_of_its_own(ratio: float, word: str) -> None:
    taken = score("memorisation", ratio, real=1.0, noise=3.0)
    assert word in taken.words
    assert taken.position is None
    assert taken.discriminates is None


def test_json_is_plain() -> None:
    taken = score("fad", 40.0, real=20.0, noise=60.0, spread=2.0)
    plain = json.loads(json.dumps(taken.to_json()))
    assert plain["value"] == 40.0
    assert plain["low"] == 38.0
    assert plain["anchors"] == {"real": 20.0, "shaped_noise": 60.0}
    assert {"n", "failed", "position", "discriminates", "verdict"} <= set(plain)
