"""The parts of `benchmarks/augmentation.py` that decide what is compared with what."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import augmentation
from benchmarks.augmentation import configuration, run, table
from benchmarks.unseen import choose_recordings
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.trainer import ada as augmentation_strength


@pytest.fixture
def dataset(tiny_config: Config) -> ClipDataset:
    return open_dataset(tiny_config)


def test_whole_recordings_are_chosen_by_seed_from_the_training_clips(dataset: ClipDataset) -> None:
    everything = dataset.train
    dataset.sources = [f"recording_{index // 7}/clip.wav" for index in range(len(dataset.samples))]
    chosen = [choose_recordings(dataset, 7, seed) for seed in range(8)]
    assert np.array_equal(chosen[0], choose_recordings(dataset, 7, 0))
    assert len({each.tobytes() for each in chosen}) > 1
    assert all(set(each) <= set(everything) for each in chosen)
    assert choose_recordings(dataset, 0, 3) is everything


def measured(mode: str, seed: int, gap: float) -> dict[str, Any]:
    names = ("kad", "coverage", "density", "memorisation", "strength", "wasserstein", "penalty")
    return dict.fromkeys(names, 1.0) | {"mode": mode, "seed": seed, "gap": gap, "training_clips": 80}


def test_table_has_means_ranges_and_differences_paired_by_seed() -> None:
    runs = [measured("off", 0, 0.2), measured("off", 1, 0.4), measured("fixed", 1, 0.3), measured("fixed", 0, 0.2)]
    text = table(runs)
    assert "| 80 | off | 2 | 0.3 (0.2 to 0.4) |" in text
    assert "| 80 | fixed | 2 | 0.25 (0.2 to 0.3) |" in text
    assert "80 clips, fixed less off, gap: -0.05 (-0.1, +0)" in text
    assert "adaptive" not in text


def test_a_run_in_two_parts_is_the_run_at_once(
    tiny_values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "GENERATED", 8)
    for module in (augmentation, augmentation_strength):
        monkeypatch.setattr(module, "INTERVAL", 4)
    tiny_values["audio"] = {"sample_rate": 8192, "audio_length_seconds": 1.0, "audio_length_samples": 8192}
    tiny_values["training"] |= {"augmentation": "adaptive"}
    config = validate(tiny_values, "test")
    at_once = run(config, 0, 16, None)
    run(config, 0, 8, tmp_path / "state")
    in_parts = run(config, 0, 16, tmp_path / "state")
    for each in (at_once, in_parts):
        for name in ("seconds", "wasserstein", "penalty"):  # the latter are means over this process's last steps
            each.pop(name)
    assert at_once == in_parts
    assert len(at_once["signals"]) == 4


def test_the_network_is_the_readmes(tmp_path: Path) -> None:
    config = configuration(tmp_path, 22050, 3, "fixed", 0.3)
    assert (config.model.model_dim, config.model.latent_dim) == (8, 32)
    assert (config.training.batch_size, config.training.learning_rate, config.training.seed) == (8, 0.0005, 3)
    assert config.audio.audio_length_samples == 44100
