"""What `benchmarks/time_to_quality.py` compares: its clock, its sides, and its tables."""

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.contestants import WITHOUT, Package, Textbook, without
from benchmarks.quality_over_time import plot, table
from benchmarks.time_to_quality import MEASURES, Race, setting
from wavegan_src.config_loader import validate
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import open_dataset
from wavegan_src.dsp.arrays import Clips


class Slow:
    """Takes ten seconds a step by a clock of its own; evaluations take longer still."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.shares: list[float] = []

    def step(self, batch: Batch, share: float) -> None:
        self.seconds += 10 + 0 * float(batch.clips.sum())
        self.shares.append(share)

    def generate(self, latents: Tensor) -> Tensor:
        return torch.zeros(len(latents), 8)


def test_evaluations_come_at_their_times_and_are_not_counted(
    tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = validate(tiny_values, "test")
    slow = Slow()
    race = Race(config, open_dataset(config), slow, 1, "wall", None)
    race.now = lambda: slow.seconds

    def judge(clips: Clips) -> dict[str, Any]:
        slow.seconds += 1000
        return dict.fromkeys(MEASURES)

    monkeypatch.setattr(race, "judge", judge)
    race.run(3)
    assert [(each["minutes"], each["steps"]) for each in race.course] == [(1, 6), (2, 12), (3, 18)]
    assert slow.shares == 18 * [1.0]
    slow.shares.clear()
    race.run(1, falling=True)
    assert slow.shares == pytest.approx([1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])


def test_processor_time_is_shared_among_the_threads(
    tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = validate(tiny_values, "test")
    race = Race(config, open_dataset(config), Slow(), 2, "processor", None)
    monkeypatch.setattr(time, "process_time", lambda: 7.0)
    assert race.now() == 3.5


def test_the_textbook_takes_the_steps_of_the_package(tiny_values: dict[str, Any]) -> None:
    tiny_values["audio"] = {"sample_rate": 8192, "audio_length_seconds": 1.0, "audio_length_samples": 8192}
    tiny_values["training"] |= {"adam_beta1": 0.5, "adam_beta2": 0.9, "gp_weight": 10.0, "n_critic": 2}
    config = validate(tiny_values, "test")
    dataset = open_dataset(config)
    ours, textbook = Package(config, dataset), Textbook(config)
    textbook.gan.generator.load_state_dict(ours.gan.generator.state_dict())
    textbook.gan.critic.load_state_dict(ours.gan.critic.state_dict())
    for batch in dataset.batches(0, 4, config.training.batch_size, config.training.seed, workers=0):
        ours.step(batch, 0.5)
        textbook.step(batch, 0.5)
    for name, weight in ours.gan.generator.state_dict().items():
        torch.testing.assert_close(textbook.gan.generator.state_dict()[name], weight, atol=1e-4, rtol=1e-3)


def test_what_is_left_out_is_missing_inside_alone(tiny_values: dict[str, Any], few_recordings: Path) -> None:
    tiny_values["dataset"]["base_path"] = str(few_recordings)
    tiny_values["model"] = {"architecture": "engine", "latent_dim": 8, "model_dim": 12}
    tiny_values["training"] |= {"n_critic": 1, "gp_weight": 0.05, "batch_size": 4}
    config = validate(tiny_values, "test")
    dataset = open_dataset(config)
    latents = torch.randn(2, 8)

    def sounds(left_out: str | None) -> Tensor:
        with without(left_out):
            package = Package(config, dataset)
            for batch in dataset.batches(0, 3, 4, 0, workers=0):
                package.step(batch, 1.0)
            return package.generate(latents)

    whole = sounds(None)
    for part in WITHOUT:
        assert not torch.equal(sounds(part), whole), part
        assert torch.equal(sounds(None), whole), part


def test_settings_are_json_or_else_words() -> None:
    assert setting("training.batch_size=8") == ("training.batch_size", 8)
    assert setting("training.augmentation=adaptive") == ("training.augmentation", "adaptive")


def figures(minutes: float, value: float | None) -> dict[str, Any]:
    one = {"value": value, "position": None if value is None else value / 10}
    return {"minutes": minutes, "steps": 10 * minutes, **dict.fromkeys(MEASURES, one)}


def test_the_table_tells_means_and_ranges_of_the_seeds_and_nothing_of_what_was_not_measured() -> None:
    runs = [
        {"side": "ours", "course": [figures(2, 4.0), figures(5, 6.0)]},
        {"side": "ours", "course": [figures(2, 5.0), figures(5, None)]},
    ]
    rows = table(runs).splitlines()[2:]
    assert rows[0].startswith("| ours | 2 | 2 | 20 | 4.5 (4 to 5), 45% |")
    assert rows[1].startswith("| ours | 5 | 2 | 50 | 6, 60% |")
    assert table([{"side": "x", "course": [figures(2, None)]}]).splitlines()[2].startswith("| x | 2 | 1 | 20 |  |  |")
    assert plot(runs).get_axes()
