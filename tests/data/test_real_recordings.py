"""The whole data side on real recordings, where there are some.

Set WAVEGAN_TEST_RECORDINGS to a folder tree of at least ten recordings; without it these tests are skipped.
"""

import os
from pathlib import Path

import pytest

from wavegan_src.config_schema import Config
from wavegan_src.data.prepare.prepare import prepare
from wavegan_src.dataset import open_dataset

FOLDER = os.environ.get("WAVEGAN_TEST_RECORDINGS", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="WAVEGAN_TEST_RECORDINGS names no folder of real recordings")


def test_prepared_recordings_are_a_data_set(tmp_path: Path) -> None:
    values = {"dataset": {"base_path": str(tmp_path / "out"), "cache_dir": str(tmp_path / "cache")}}
    config = Config.model_validate(values)
    summary = prepare(Path(FOLDER), tmp_path / "out", config.audio, config.dataset, 42, 2)
    dataset = open_dataset(config)
    assert (len(dataset.train), len(dataset.validation)) == (summary.train_clips, summary.validation_clips)
    assert len(dataset.validation) > 0
    train = {dataset.sources[index].rsplit("/", 1)[0] for index in dataset.train}
    validation = {dataset.sources[index].rsplit("/", 1)[0] for index in dataset.validation}
    assert not train & validation
    batch = dataset.batch(dataset.validation[:4])
    assert batch.shape[1:] == (1, config.audio.audio_length_samples)
    assert float(batch.abs().max()) == pytest.approx(0.95, abs=0.01)
