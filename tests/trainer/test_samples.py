from pathlib import Path

import numpy as np
import soundfile
import torch

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import open_dataset
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.trainer.samples import SampleWriter


def test_real_clips_are_the_ones_that_are_held_out(tiny_config: Config, tmp_path: Path) -> None:
    dataset = open_dataset(tiny_config)
    SampleWriter(tmp_path, tiny_config, dataset).write_real()
    held_out = [np.asarray(dataset.samples[index]) / 32767 for index in dataset.validation]
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == ["real_01.wav", "real_02.wav"]
    for path in paths:
        clip, rate = soundfile.read(path)
        assert rate == 8192
        assert min(np.abs(clip - other).max() for other in held_out) < 1e-4


def test_the_same_latents_are_rendered_throughout(tiny_config: Config, tmp_path: Path) -> None:
    dataset = open_dataset(tiny_config)
    writer, again = (SampleWriter(tmp_path, tiny_config, dataset) for _ in range(2))
    gan = WGAN(tiny_config, torch.device("cpu"))
    assert writer.write_generated(gan, 1) == str(tmp_path / "epoch_00001_*.wav")
    again.write_generated(gan, 2)
    for number in ("01", "02"):
        first, second = (tmp_path / f"epoch_0000{epoch}_{number}.wav" for epoch in (1, 2))
        assert first.read_bytes() == second.read_bytes()
    gan.step_generator(Batch(torch.rand(4, 1, 4096)))
    again.write_generated(gan, 3)
    assert (tmp_path / "epoch_00003_01.wav").read_bytes() != (tmp_path / "epoch_00001_01.wav").read_bytes()
