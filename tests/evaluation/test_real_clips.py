"""The measures on real recordings; skipped where there are none."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from tests.support.real_clips import RealClips
from wavegan_src.dsp.engine_features import EngineDescriptors, describe
from wavegan_src.evaluation.anchors import AnchorSets, make_anchors, split_by_recording
from wavegan_src.evaluation.measures.density import copy_profile, density_coverage, memorisation
from wavegan_src.evaluation.measures.embeddings import Embeddings, embed_yamnet, engine_tag_rate
from wavegan_src.evaluation.measures.engine import engine_distance
from wavegan_src.evaluation.measures.fad import fad
from wavegan_src.evaluation.measures.kad import kad


@pytest.fixture(scope="module")
def anchors(real_clips: RealClips) -> AnchorSets:
    return make_anchors(real_clips.clips, real_clips.rate, 50, seed=0, recordings=list(real_clips.recordings))


@pytest.fixture(scope="module")
def embedded(anchors: AnchorSets, real_clips: RealClips) -> dict[str, Embeddings]:
    sets = {**anchors.clips, "reference": anchors.reference[::3]}
    return {name: embed_yamnet(clips, real_clips.rate) for name, clips in sets.items()}


@pytest.mark.parametrize("measure", ["fad", "kad"])
def test_yamnet_distances_tell_real_sound_from_its_ghosts(measure: str, embedded: dict[str, Embeddings]) -> None:
    distance = {"fad": fad, "kad": kad}[measure]
    values = {name: distance(clips, embedded["reference"]).value or 0.0 for name, clips in embedded.items()}
    assert values["real"] < 0.5 * values["phase_randomised"]
    assert values["phase_randomised"] < values["shaped_noise"] < values["white_noise"]
    assert values["nearest_real"] < 0.5 * values["phase_randomised"]


def test_fidelity_and_tags(embedded: dict[str, Embeddings]) -> None:
    real, noise = (
        density_coverage(embedded[name].clip_means, embedded["reference"].clip_means)
        for name in ("real", "shaped_noise")
    )
    assert (real[0].value or 0) > 0.5 > (noise[0].value or 0)
    assert (real[1].value or 0) > 0.5 > (noise[1].value or 0)
    assert (engine_tag_rate(embedded["real"]).value or 0) > 0.9
    assert engine_tag_rate(embedded["white_noise"]).value == 0


@pytest.fixture(scope="module")
def described(anchors: AnchorSets, real_clips: RealClips) -> dict[str, EngineDescriptors]:
    real = anchors.clips["real"][:24]
    pitched = resample_poly(np.tile(real, 2), 4, 5, axis=1)[:, : real.shape[1]].astype(np.float32)
    sets = {"real": real, "shifted": np.roll(real, 4000, axis=1), "pitch": pitched, "reference": anchors.reference[::4]}
    noises = {name: anchors.clips[name][:24] for name in ("shaped_noise", "white_noise")}
    return {name: describe(clips, real_clips.rate, workers=1) for name, clips in {**sets, **noises}.items()}


@pytest.mark.parametrize("measure", ["order_spectrum", "modulation"])
def test_ranks_real_sound_before_changed_sound_before_noise(
    measure: str, described: dict[str, EngineDescriptors]
) -> None:
    values = {
        name: engine_distance(measure, of_set, described["reference"]).value or 0.0
        for name, of_set in described.items()
    }
    # A shift in time leaves the distributions as they are, and orders go with the pitch.
    assert values["shifted"] == pytest.approx(values["real"], rel=0.25)
    assert max(values["real"], values["shifted"]) < 1.25 * values["pitch"]
    assert values["pitch"] < values["shaped_noise"] < values["white_noise"]


def test_memorisation_of_real_clips(anchors: AnchorSets, real_clips: RealClips) -> None:
    rng = np.random.default_rng(0)
    half = split_by_recording(len(anchors.reference), None, rng)
    held_out, other = anchors.reference[half], anchors.reference[~half]
    training = anchors.clips["real"]
    described = {
        name: copy_profile(clips, real_clips.rate)
        for name, clips in {"new": other, "copies": np.roll(training, 2000, axis=1), "held": held_out}.items()
    }
    known = copy_profile(training, real_clips.rate)
    assert memorisation(described["new"], described["held"], known)[0].value == pytest.approx(1.0, abs=0.35)
    assert (memorisation(described["copies"], described["held"], known)[0].value or 0) < 0.3
