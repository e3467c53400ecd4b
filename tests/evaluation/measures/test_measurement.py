import numpy as np
import pytest

from wavegan_src.evaluation.measures.measurement import Measurement


def test_failed_clips_are_left_out_and_counted() -> None:
    taken = Measurement.of_clips("pesq", [2.0, "no utterances", 4.0, "no utterances", "silent"], n_reference=7)
    assert taken.value == 3.0
    assert (taken.n, taken.n_reference, taken.failed) == (2, 7, 3)
    assert taken.failures == {"no utterances": 2, "silent": 1}
    assert taken.indices.tolist() == [0, 2]
    assert taken.values.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(("outcomes", "word"), [([], "no clips"), (["silent"], "silent")])
def test_no_score_at_all_is_absent_with_its_reason(outcomes: list[float | str], word: str) -> None:
    taken = Measurement.of_clips("stoi", outcomes)
    assert taken.value is None
    assert taken.reason is not None
    assert word in taken.reason


def test_neither_nan_nor_silence_about_a_missing_value() -> None:
    with pytest.raises(ValueError, match="finite"):
        Measurement("fad", float("nan"), 1)
    with pytest.raises(ValueError, match="reason"):
        Measurement("fad", None, 1)
    assert np.isfinite(Measurement("fad", 0.0, 1).value or 0.0)
