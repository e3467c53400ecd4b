"""The nearest training clip, against a search that knows nothing of the module's ways."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import open_dataset
from wavegan_src.dsp.clips import from_int16
from wavegan_src.evaluation.inputs.training_profiles import TrainingProfiles, profiles_at_hand, take_profiles
from wavegan_src.evaluation.measures.density import copy_profile
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.progress import ignore, no_progress


@pytest.fixture
def config(tiny_values: dict[str, Any], tmp_path: Path) -> Config:
    tiny_values["dataset"]["cache_dir"] = str(tmp_path / "cache")
    return validate(tiny_values, "test")


def take(config: Config) -> TrainingProfiles:
    return take_profiles(config, no_progress, ignore)[0]


def test_the_nearest_clip_is_that_of_a_naive_search(config: Config) -> None:
    dataset = open_dataset(config)
    clips = from_int16(dataset.samples[dataset.train])
    rate = config.audio.sample_rate
    random = np.random.default_rng(0)
    found = take(config)
    for wanted in (0, len(clips) // 2, len(clips) - 1):
        ours = (0.3 * clips[wanted] + 0.002 * random.standard_normal(clips.shape[1])).astype(np.float32)
        distances = []
        for clip in clips:
            difference = copy_profile(ours[None], rate)[0] - copy_profile(clip[None], rate)[0]
            distances.append(float(np.sqrt((difference**2).sum())))
        nearest = found.find_nearest(ours)
        assert nearest is not None
        assert nearest[0] == dataset.sources[dataset.train[int(np.argmin(distances))]]
        assert nearest[1] == pytest.approx(min(distances), rel=1e-9)
    assert np.argmin(distances) == len(clips) - 1


def test_validation_clips_are_not_searched_but_tell_what_a_distance_means(config: Config) -> None:
    dataset = open_dataset(config)
    found = take(config)
    assert set(found.names) == {dataset.sources[index] for index in dataset.train}
    assert len(found.held_out) == len(dataset.validation)
    for distance, clip in zip(found.held_out, from_int16(dataset.samples[dataset.validation]), strict=True):
        nearest = found.find_nearest(clip)
        assert nearest is not None
        assert nearest[1] == pytest.approx(float(distance))


def test_a_silent_clip_has_no_nearest_one(config: Config) -> None:
    assert take(config).find_nearest(np.zeros(config.audio.audio_length_samples, np.float32)) is None


def test_nothing_is_decoded_unless_asked_for(config: Config) -> None:
    fingerprint = open_dataset(config).fingerprint
    shutil.rmtree(cache_root(config.dataset.cache_dir))
    assert profiles_at_hand(config, fingerprint, no_progress) is None
    (cache_root(config.dataset.cache_dir) / "clips").mkdir(parents=True)  # of other data sets
    assert profiles_at_hand(config, fingerprint, no_progress) is None
    assert not list((cache_root(config.dataset.cache_dir) / "clips").iterdir())


def test_what_was_taken_once_needs_no_recordings(config: Config) -> None:
    fingerprint = open_dataset(config).fingerprint
    first = profiles_at_hand(config, fingerprint, no_progress)  # from the decoded clips
    moved = config.model_copy(update={"dataset": config.dataset.model_copy(update={"base_path": "/nowhere"})})
    again = profiles_at_hand(moved, fingerprint, no_progress)
    assert first is not None
    assert again is not None
    assert again.names == first.names
    np.testing.assert_array_equal(again.profiles, first.profiles)
    assert profiles_at_hand(moved, "another", no_progress) is None


def test_other_clips_than_the_models_own_are_not_taken_for_them(config: Config) -> None:
    open_dataset(config)
    assert profiles_at_hand(config, "another", no_progress) is None
    assert profiles_at_hand(config, None, no_progress) is None


def test_clips_too_short_to_compare(tiny_values: dict[str, Any]) -> None:
    tiny_values["audio"] |= {"audio_length_seconds": 0.25, "audio_length_samples": 2048}
    config = validate(tiny_values, "test")
    fingerprint = open_dataset(config).fingerprint
    assert profiles_at_hand(config, fingerprint, no_progress) is None
    with pytest.raises(UserError, match="too short"):
        take(config)
