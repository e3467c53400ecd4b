import numpy as np
import pytest

from tests.support.sounds import Clips, engines, white
from wavegan_src.evaluation.measures.two_sample import network
from wavegan_src.evaluation.two_sample_test import two_sample_test
from wavegan_src.utils.errors import UserError

RATE, SECONDS = 22050, 0.6


@pytest.fixture(autouse=True)
def _short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "EPOCHS", 1)


@pytest.fixture(scope="module")
def real() -> Clips:
    return engines(24, 1, seconds=SECONDS)


def test_noise_is_told_from_engines_beyond_the_control(real: Clips) -> None:
    made = np.concatenate([white(24, 0, SECONDS), np.zeros((1, real.shape[1]), np.float32)])  # the last one is silent
    recordings = [f"engine {index // 2}" for index in range(24)]
    scores = two_sample_test(made, real, RATE, real_recordings=recordings, workers=1)
    whole = scores["two_sample"]
    assert whole.value == 1.0
    assert whole.told_apart is True
    assert whole.generated.measurement.n == 24
    assert whole.words.startswith("told apart: ")
    assert scores["two_sample_mean_spectrum"].value == 1.0
    control = whole.anchors["real"].measurement
    assert (control.value, control.n) == (None, 12)
    assert "needs 20 clips" in (control.reason or "")


def test_engines_like_the_real_ones_are_not_told_apart(real: Clips) -> None:
    scores = two_sample_test(engines(24, 8, seconds=SECONDS), real, RATE, workers=1)
    assert scores["two_sample"].told_apart is False
    assert scores["two_sample"].words.startswith("not told apart")


def test_labels_of_another_number_are_told(real: Clips) -> None:
    with pytest.raises(UserError, match="24 real clips, but 2 recordings"):
        two_sample_test(real, real, RATE, real_recordings=["a", "b"], workers=1)


def test_silence_on_either_side_is_a_reason(real: Clips) -> None:
    for ours, theirs, kind in ((np.zeros_like(real), real, "generated"), (real, np.zeros_like(real), "real")):
        score = two_sample_test(ours, theirs, RATE, workers=1)["two_sample"]
        assert score.value is None
        assert f"there are 0 {kind} ones" in score.words
