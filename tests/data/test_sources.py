"""Clips of runs from before recordings were filtered and their channels chosen: the same key, and the same samples."""

from pathlib import Path

import numpy as np

from tests.support.audio import make_config, noise, write
from wavegan_src.data.encoding import Encoder
from wavegan_src.data.sources import clip_parameters
from wavegan_src.data.windows import WindowSpec
from wavegan_src.dataset import open_dataset
from wavegan_src.dsp.clips import to_int16


def test_an_old_runs_clips_keep_their_key_and_a_new_ones_differ(tmp_path: Path) -> None:
    def parameters(**changes: object) -> dict[str, object]:
        config = make_config(tmp_path, tmp_path, **changes)
        return clip_parameters(Encoder.of(WindowSpec.of(config.audio, config.dataset), config.audio), config.audio)

    assert parameters(audio__channels="mix") == {
        "sample_rate": 2000,
        "length": 1000,
        "overlap": 0.5,
        "short_clips": "loop",
        "silence_threshold_db": -60.0,
        "normalization": "peak",
        "taper_ms": 5.0,
    }
    assert parameters()["channels"] == "auto"
    assert parameters(audio__high_pass_hz=15.0)["high_pass_hz"] == 15.0


def test_the_mean_of_all_channels_with_its_offset(tmp_path: Path) -> None:
    sound = np.stack([noise(1), 0.3 - 0.5 * noise(1), noise(1, 3)], axis=1)
    write(tmp_path / "data" / "a.wav", sound, subtype="FLOAT")
    changes = {"audio__channels": "mix", "audio__normalization": "none", "audio__taper_ms": 0.0}
    dataset = open_dataset(make_config(tmp_path / "data", tmp_path / "cache", **changes))
    np.testing.assert_allclose(dataset.samples[0], to_int16(sound.mean(axis=1)[:1000]), atol=1)
