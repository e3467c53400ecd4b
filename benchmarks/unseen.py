"""Split a data set: the same unseen recordings for every run, and training clips of whole recordings by seed."""

from collections import defaultdict

import numpy as np
import torch
from numpy.typing import NDArray

from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.utils.random import keyed_generator

SPLIT_SEED = 42  # which recordings stay unseen


def open_split(config: Config, clips: int) -> ClipDataset:
    """Open the data set with the same unseen recordings for every seed and `clips` training clips; 0 means all."""
    training = config.training.model_copy(update={"seed": SPLIT_SEED})
    dataset = open_dataset(config.model_copy(update={"training": training}))
    dataset.train = choose_recordings(dataset, clips, config.training.seed)
    return dataset


def choose_recordings(dataset: ClipDataset, clips: int, seed: int) -> NDArray[np.int64]:
    """Training clips of whole recordings, drawn by seed until there are `clips` of them; 0 means all."""
    if not clips:
        return dataset.train
    members: dict[str, list[int]] = defaultdict(list)
    for index in dataset.train.tolist():
        members[dataset.sources[index].rpartition("/")[0]].append(index)
    names = sorted(members)
    order = torch.randperm(len(names), generator=keyed_generator(seed, "recordings")).tolist()
    chosen = [index for number in order for index in members[names[number]]]
    return np.array(sorted(chosen[:clips]), dtype=np.int64)
