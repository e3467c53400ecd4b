"""The measures at checkpoints are those of the single functions, and bad sets never stop a training."""

import numpy as np
import pytest

from tests.support.sounds import RATE, engines
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.checkpoint_measures import CHECKPOINT_MEASURES, CheckpointMeasures
from wavegan_src.evaluation.measures.embeddings import embed_aisfx, embed_yamnet
from wavegan_src.evaluation.measures.engine import ENGINE_MEASURES
from wavegan_src.evaluation.measures.fad import fad
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.utils.errors import UserError


@pytest.fixture(scope="module")
def sets() -> tuple[Clips, Clips, Clips]:
    """Held-out, training and generated clips."""
    first, second, third = (engines(8, seed, 25, 60) for seed in (1, 2, 3))
    return first, second, third


def test_cheap_measures_equal_the_single_functions(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, generated = sets
    values = CheckpointMeasures(held_out, training, RATE, "cheap").measure(generated)
    ours, theirs = embed_yamnet(generated, RATE), embed_yamnet(held_out, RATE)
    assert values["kad"] == kad(ours, theirs).value
    assert values["fad"] == fad(ours, theirs).value
    ours, theirs = embed_aisfx(generated, RATE), embed_aisfx(held_out, RATE)
    assert values["kad_aisfx"] == kad(ours, theirs).value
    assert values["fad_aisfx"] == fad(ours, theirs).value
    assert tuple(values) == CHECKPOINT_MEASURES
    taken = {name for name, value in values.items() if value is not None}
    cheap = {"kad", "fad", "density", "coverage", "engine_tag_rate", "memorisation", "copied", "stoi", "mcd"}
    assert taken == cheap | {"kad_aisfx", "fad_aisfx"}


def test_the_full_extent_takes_the_rest(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, generated = sets
    values = CheckpointMeasures(held_out, training, RATE, "full").measure(generated)
    missing = {name for name, value in values.items() if value is None}
    assert missing <= {"pesq"}  # an optional package
    assert set(ENGINE_MEASURES) <= set(values)


def test_copies_of_training_clips_show(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, _ = sets
    values = CheckpointMeasures(held_out, training, RATE, "cheap").measure(training)
    assert values["memorisation"] == pytest.approx(0, abs=1e-6)
    assert values["copied"] == 1


def test_copies_are_looked_for_in_all_originals(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, copied = sets
    portions = iter([training[:3], training[3:], copied])
    values = CheckpointMeasures(held_out, training, RATE, "cheap", portions).measure(copied)
    assert values["memorisation"] == pytest.approx(0, abs=1e-6)
    assert CheckpointMeasures(held_out, training, RATE, "cheap").measure(copied)["memorisation"] > 0.1  # type: ignore[operator]


def test_nothing_is_taken_where_nothing_is_wanted_or_all_is_silent(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, generated = sets
    nothing = dict.fromkeys(CHECKPOINT_MEASURES)
    assert CheckpointMeasures(held_out, training, RATE, "none").measure(generated) == nothing
    assert CheckpointMeasures(held_out, training, RATE, "cheap").measure(np.zeros_like(generated)) == nothing


def test_real_clips_score_better_than_noise(sets: tuple[Clips, Clips, Clips]) -> None:
    held_out, training, _ = sets
    measures = CheckpointMeasures(held_out, training, RATE, "cheap")
    noise = np.random.default_rng(0).normal(0, 0.1, held_out.shape).astype(np.float32)
    real, noisy = measures.real()["kad"], measures.measure(noise)["kad"]
    assert real is not None
    assert noisy is not None
    assert real < noisy


def test_clips_too_short_to_judge_say_so() -> None:
    with pytest.raises(UserError, match="too short"):
        CheckpointMeasures(np.ones((3, 100), np.float32), np.ones((3, 100), np.float32), RATE, "cheap")
