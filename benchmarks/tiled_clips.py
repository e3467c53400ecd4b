"""Make a large data set quickly: a few noise clips under very many names."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config

RATE = 22050
SAMPLES = 44100
DIFFERENT = 50


def make_clips(folder: Path, count: int, **sections: dict[str, Any]) -> Config:
    """Write that many WAV files of 2 s, as links to 50 different ones; returns a configuration that reads them.

    Args:
        folder: receives the recordings, and later the cache of decoded clips.
        count: number of files; each is one recording and one clip, and none is held out for validation.
        sections: of the configuration, for example `model={"model_dim": 16}`.
    """
    recordings = folder / "recordings"
    recordings.mkdir()
    random = np.random.default_rng(0)
    for index in range(count):
        path = recordings / f"{index:06}.wav"
        if index < DIFFERENT:
            sf.write(path, random.normal(0, 0.1, SAMPLES), RATE, subtype="PCM_16")
        else:
            os.link(recordings / f"{index % DIFFERENT:06}.wav", path)
    dataset = {
        "base_path": str(recordings),
        "cache_dir": str(folder / "cache"),
        "recording_unit": "file",
        "validation_fraction": 0,
    }
    return validate({**sections, "dataset": dataset}, "the benchmark")
