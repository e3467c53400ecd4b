import numpy as np
import pytest

from tests.support.sounds import RATE, engines, white, with_noise
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.measures import density as m
from wavegan_src.evaluation.measures.embeddings import embed_yamnet


def test_density_and_coverage_equal_their_definition() -> None:
    rng = np.random.default_rng(0)
    reference, generated = rng.standard_normal((30, 5)), rng.standard_normal((20, 5)) + 0.3
    density = coverage = 0.0
    for point in reference:
        radius = sorted(np.linalg.norm(reference - point, axis=1))[3]  # its own distance, 0, comes first
        inside = [bool(np.linalg.norm(other - point) <= radius) for other in generated]
        density += sum(inside) / (3 * len(generated))
        coverage += any(inside) / len(reference)
    taken = m.density_coverage(generated, reference, neighbours=3)
    assert taken[0].value == pytest.approx(density)
    assert taken[1].value == pytest.approx(coverage)
    assert taken[0].values.mean() == pytest.approx(density)


def test_equal_sources_score_what_theory_says() -> None:
    rng = np.random.default_rng(1)
    density, coverage = m.density_coverage(rng.standard_normal((800, 8)), rng.standard_normal((800, 8)))
    assert density.value == pytest.approx(1.0, abs=0.1)
    assert coverage.value == pytest.approx(1 - 2**-5, abs=0.03)


def test_coverage_falls_for_one_clip_repeated() -> None:
    reference = embed_yamnet(engines(24, seed=1), RATE).clip_means
    varied = embed_yamnet(engines(24, seed=2), RATE).clip_means
    repeated = np.tile(varied[:1], (24, 1))
    of_varied, of_repeated = (m.density_coverage(points, reference)[1].value for points in (varied, repeated))
    assert of_varied is not None
    assert of_repeated is not None
    assert of_repeated < 0.5 * of_varied


def test_too_few_reference_clips_are_told() -> None:
    density, coverage = m.density_coverage(np.zeros((3, 2)), np.zeros((5, 2)))
    assert density.value is None
    assert "more than 5 reference clips" in str(coverage.reason)


@pytest.fixture(scope="module")
def training() -> Clips:
    return engines(40, seed=10)


def ratio_and_share(clips: Clips, training: Clips) -> tuple[float, float]:
    held_out = engines(30, seed=11)
    described = (m.copy_profile(part, RATE) for part in (clips, held_out, training))
    ratio, share = m.memorisation(*described)
    assert ratio.value is not None
    assert share.value is not None
    return ratio.value, share.value


def test_new_sound_of_the_same_kind_is_no_copy(training: Clips) -> None:
    ratio, share = ratio_and_share(engines(30, seed=12), training)
    assert ratio == pytest.approx(1.0, abs=0.3)
    assert share < 0.2


@pytest.mark.parametrize("change", ["none", "noise at 30 dB", "half the level", "shifted"])
def test_copies_are_flagged(training: Clips, change: str) -> None:
    copies = training[:30]
    if change == "noise at 30 dB":
        copies = with_noise(copies, 30, seed=1)
    elif change == "half the level":
        copies = 0.5 * copies
    elif change == "shifted":
        copies = np.roll(copies, 3000, axis=1)
    ratio, share = ratio_and_share(copies, training)
    assert ratio < 0.5
    assert share > 0.8


def test_another_kind_of_sound_is_far_away(training: Clips) -> None:
    ratio, share = ratio_and_share(white(30, seed=1), training)
    assert ratio > 2
    assert share == 0


def test_tells_which_training_clip_is_nearest() -> None:
    found = m.nearest(np.array([[0.0, 1.1], [5.0, 5.0]]), np.array([[5.0, 4.0], [0.0, 1.0]]))
    assert found.indices.tolist() == [1, 0]
    np.testing.assert_allclose(found.distances, [0.1, 1.0])


def test_held_out_copies_and_missing_sets_are_told() -> None:
    points = np.random.default_rng(2).standard_normal((6, 3))
    assert "split the recordings" in str(m.memorisation(points, points, points)[0].reason)
    assert "0 and 6" in str(m.memorisation(points, points[:0], points)[1].reason)
