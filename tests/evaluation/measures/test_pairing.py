import numpy as np
import pytest

from tests.support.sounds import RATE, engines, white
from wavegan_src.dsp.clips import rms
from wavegan_src.evaluation.measures import pairing as p


def test_pairs_a_clip_with_itself_at_any_level_and_shift() -> None:
    reference = engines(6, seed=1)
    found = p.pair(np.roll(0.3 * reference[[4, 0]], 2000, axis=1), reference, RATE)
    assert found.indices.tolist() == [4, 0]


@pytest.mark.parametrize("shift", [0, 500, -500, 5500, -5500])
def test_finds_the_shift_and_undoes_it(shift: int) -> None:
    source = white(1, seed=2, seconds=3.0)[0]
    reference, generated = source[6000 : 6000 + 2 * RATE], 0.2 * source[6000 - shift : 6000 - shift + 2 * RATE]
    aligned = p.align(generated, reference, RATE)
    assert aligned.shift == shift
    assert len(aligned.generated) == len(aligned.reference) == 2 * RATE - abs(shift)
    np.testing.assert_allclose(aligned.generated, aligned.reference, rtol=1e-3, atol=1e-6)


def test_never_shifts_by_more_than_allowed() -> None:
    clips = white(8, seed=3)
    shifts = [p.align(clips[0], other, RATE, max_shift=0.1).shift for other in clips[1:]]
    assert max(map(abs, shifts)) <= round(0.1 * RATE)


def test_matches_levels_over_the_overlap() -> None:
    a, b = engines(2, seed=4)
    aligned = p.align(0.01 * a, b, RATE)
    assert rms(aligned.generated) == pytest.approx(float(rms(aligned.reference)), rel=1e-5)


def test_sound_outside_the_overlap_leaves_the_pair_unshifted() -> None:
    early, late = np.zeros((2, RATE), dtype=np.float32)
    early[:10] = late[-10:] = 0.5
    aligned = p.align(early, late, RATE)
    assert aligned.generated.any()
    assert aligned.reference.any()
    assert np.isfinite(aligned.generated).all()


def test_clips_of_different_lengths_are_cut_to_the_shorter() -> None:
    long, short = engines(1, seed=5)[0], engines(1, seed=5, seconds=1.5)[0]
    for aligned in (p.align(long, short, RATE), p.align(short, long, RATE)):
        assert len(aligned.generated) == len(aligned.reference) == len(short) - abs(aligned.shift)
