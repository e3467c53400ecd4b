"""Which training clip a generated clip comes nearest to: the distance of the memorisation measure, clip by clip.

The training clips' profiles are kept in the cache under the fingerprint of their data set. So the comparison works
without the recordings once it was made with them.
"""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from wavegan_src.config_schema import Config, DatasetConfig
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.dsp.arrays import Clips, Floats, Indices
from wavegan_src.dsp.clips import from_int16
from wavegan_src.evaluation.inputs.screening import screen
from wavegan_src.evaluation.measures.density import copy_profile, nearest
from wavegan_src.evaluation.store import Store
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.progress import Notify, ProgressFactory, ignore

PORTION = 64  # clips in memory at once
KIND = "training-profiles"


@dataclass(frozen=True)
class TrainingProfiles:
    """The usable training clips of a data set, as `copy_profile` describes them.

    names: where each comes from. profiles: `(clips, size)`. held_out: the distances of its validation clips to the
    nearest training clip, `(validation clips,)`; they show what a distance means.
    """

    names: list[str]
    profiles: Floats
    held_out: Floats
    rate: int

    def find_nearest(self, clip: Clips) -> tuple[str, float] | None:
        """Name and distance of the training clip nearest to a clip `(time,)`; None for a silent one."""
        usable = screen(clip[None], self.rate).clips
        if not len(usable):
            return None
        found = nearest(copy_profile(usable, self.rate), self.profiles)
        return self.names[found.indices[0]], float(found.distances[0])


def kept_profiles(config: Config, fingerprint: str | None) -> TrainingProfiles | None:
    """The profiles of the data set with this fingerprint, if they were taken on this machine before."""
    kept = None if fingerprint is None else _store(config.dataset).arrays(KIND, fingerprint)
    if kept is None or not len(kept["profiles"]):
        return None
    names = [str(name) for name in kept["names"]]
    return TrainingProfiles(names, kept["profiles"], kept["held_out"], config.audio.sample_rate)


def take_profiles(config: Config, progress: ProgressFactory, notify: Notify) -> tuple[TrainingProfiles, str]:
    """Open the configured data set, decoding it if need be, and describe its clips; also its fingerprint.

    Raises:
        UserError: no data, or its clips are too short to compare.
    """
    dataset = open_dataset(config, progress, notify)
    found = kept_profiles(config, dataset.fingerprint) or _take(dataset, config, progress)
    return found, dataset.fingerprint


def profiles_at_hand(config: Config, fingerprint: str | None, progress: ProgressFactory) -> TrainingProfiles | None:
    """The profiles of a model's own training clips, as far as no recordings need to be decoded for them.

    Args:
        config: the model's.
        fingerprint: of the data set that it was trained on; None if its checkpoint does not say.
        progress: shows the progress.

    Returns:
        None if the clips are not in the cache, have changed, cannot be identified as the model's, or are too short to
        compare.
    """
    found = kept_profiles(config, fingerprint)
    if found is not None or fingerprint is None or not (cache_root(config.dataset.cache_dir) / "clips").is_dir():
        return found
    try:
        dataset = open_dataset(config, _refuse, ignore)
        if fingerprint != dataset.fingerprint:
            return None
        return _take(dataset, config, progress)
    except (UserError, _NotDecodedError):
        return None


class _NotDecodedError(Exception):
    """The clips are not in the cache."""


def _refuse(label: str, total: float) -> NoReturn:
    """Takes the place of the progress bar, which is only asked for when recordings must be decoded."""
    raise _NotDecodedError(label)


def _take(dataset: ClipDataset, config: Config, progress: ProgressFactory) -> TrainingProfiles:
    rate = config.audio.sample_rate
    with progress("Describing training clips", len(dataset.train) + len(dataset.validation)) as advance:

        def describe(indices: Indices) -> tuple[Indices, Floats]:
            used, profiles = [], []
            for start in range(0, len(indices), PORTION):
                portion = indices[start : start + PORTION]
                usable = screen(from_int16(np.asarray(dataset.samples[portion])), rate, "training")
                used.append(portion[usable.indices])
                profiles.append(copy_profile(usable.clips, rate))
                advance(len(portion))
            return np.concatenate(used), np.concatenate(profiles)

        used, training = describe(dataset.train)
        held_out = np.empty(0)
        if len(dataset.validation) and len(used):
            held_out = nearest(describe(dataset.validation)[1], training).distances
    if not len(used):
        raise UserError("All training clips are silent: there is nothing to compare with.")
    names = [dataset.sources[index] for index in used]
    arrays = {"names": np.array(names), "profiles": training, "held_out": held_out}
    _store(config.dataset).keep_arrays(arrays, KIND, dataset.fingerprint)
    return TrainingProfiles(names, training, held_out, rate)


def _store(dataset: DatasetConfig) -> Store:
    return Store(cache_root(dataset.cache_dir) / "evaluation")
