"""Measured paces, with a clock that only the steps move."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from wavegan_src.config_loader import load_config, validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.estimates import estimate
from wavegan_src.trainer.planning import pace
from wavegan_src.trainer.planning.pace import Pace, checkpoint_count, made_up_clips, measure_pace

CPU = torch.device("cpu")


class FakeGAN:
    """Steps that take so many seconds at once and for each clip."""

    clips_wanted = 4
    device = CPU

    def __init__(self, now: list[float], fixed: tuple[float, float], per_clip: tuple[float, float]):
        self._now, self._fixed, self._per_clip = now, fixed, per_clip
        self.largest = 0

    def initialize_from(self, clips: torch.Tensor) -> None:
        assert len(clips) <= self.clips_wanted

    def step_critic(self, batch: Batch) -> None:
        self._take(0, len(batch))

    def step_generator(self, batch: Batch) -> None:
        self._take(1, len(batch))

    def _take(self, network: int, clips: int) -> None:
        self.largest = max(self.largest, clips)
        self._now[0] += self._fixed[network] + self._per_clip[network] * clips


class FakeMeter:
    """Measures that take a second for each clip."""

    def __init__(self, now: list[float], clips: int):
        self._now, self._clips = now, clips

    def measure(self, gan: Any) -> None:
        self._now[0] += self._clips


@pytest.fixture
def now() -> list[float]:
    return [100.0]


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch, now: list[float]) -> Callable[..., tuple[Pace, FakeGAN]]:
    """Measure the pace of made-up steps."""

    def measure(config: Config, fixed: tuple[float, float], per_clip: tuple[float, float]) -> tuple[Pace, FakeGAN]:
        gan = FakeGAN(now, fixed, per_clip)
        monkeypatch.setattr(pace, "build_gan", lambda *_: gan)
        monkeypatch.setattr(pace, "QualityMeter", lambda data, _: FakeMeter(now, len(data.validation)))
        return measure_pace(config, 200, 60, CPU, clock=lambda: now[0]), gan

    return measure


def config_with(tiny_values: dict[str, Any], **sections: dict[str, Any]) -> Config:
    return validate({name: {**part, **sections.get(name, {})} for name, part in tiny_values.items()}, "test")


def test_quick_steps_are_timed_on_whole_batches(timed: Any, tiny_config: Config) -> None:
    found, gan = timed(tiny_config, (0.01, 0.02), (0.001, 0.002))
    assert gan.largest == 8
    assert found.critic_s == pytest.approx(0.018)
    assert found.generator_s == pytest.approx(0.036)
    assert found.scaled_from == ""


def test_slow_steps_are_timed_on_few_clips_and_follow_the_line(timed: Any, tiny_values: dict[str, Any]) -> None:
    config = config_with(tiny_values, training={"batch_size": 64})
    found, gan = timed(config, (0.05, 0.02), (0.25, 0.15))
    assert 2 < gan.largest < 64
    assert found.critic_s == pytest.approx(0.05 + 64 * 0.25)
    assert found.generator_s == pytest.approx(0.02 + 64 * 0.15)
    assert found.scaled_from == f"batches of {gan.largest}"


def test_the_slowest_steps_are_taken_twice_and_no_more(
    timed: Any, tiny_values: dict[str, Any], now: list[float]
) -> None:
    config = config_with(tiny_values, training={"batch_size": 64})
    found, gan = timed(config, (0.0, 0.0), (10.0, 5.0))
    assert gan.largest == 2
    assert now[0] - 100 <= 2 * 30 + 16
    assert found.critic_s == pytest.approx(640)


def test_evaluations_are_scaled_to_the_clips_of_the_run(timed: Any, tiny_config: Config) -> None:
    found, _ = timed(tiny_config, (0.01, 0.01), (0.0, 0.0))
    assert found.evaluation_s == pytest.approx(60)  # timed on 16 of the 60 validation clips


def test_wide_networks_are_timed_narrower_and_scaled_by_their_operations(
    timed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "LARGEST_STATE", 2**27)
    wide = load_config("config", {"training.batch_size": 2, "model.model_dim": 16, "training.device": "cpu"})
    found, _ = timed(wide, (0.01, 0.01), (0.0, 0.0))
    assert found.scaled_from == "model_dim 8"
    assert 3 < found.critic_s / 0.01 < 4  # four times the operations, but for the outermost layers
    assert 3 < found.generator_s / 0.01 < 4


@pytest.mark.parametrize(("epochs", "interval"), [(1, 1), (1, 10), (2, 10), (10, 10), (15, 5), (15, 4), (7, 1)])
def test_checkpoints_are_counted_as_training_writes_them(
    epochs: int, interval: int, tiny_values: dict[str, Any]
) -> None:
    config = config_with(tiny_values, training={"epochs": epochs}, output={"checkpoint_interval_epochs": interval})
    written = [epoch for epoch in range(1, epochs + 1) if epoch % interval == 0 or epoch in (1, epochs)]
    assert checkpoint_count(config) == len(written)


def test_the_words_add_up(tiny_config: Config) -> None:
    planned = estimate(tiny_config, 6000)  # 1500 critic and 500 generator steps, 2 checkpoints
    whole = Pace(1.5, 0.5, 30.0, "batches of 4").words(tiny_config, planned, done=0)
    assert whole.startswith("about 43 min; measured now: 1.5 s for a critic step and 500 ms for a generator step")
    assert "scaled from batches of 4" in whole
    assert "2 evaluations of 30 s (2 %)" in whole
    assert "21 min of it left" in Pace(1.5, 0.5, 0.0, "").words(tiny_config, planned, done=750)


@pytest.mark.parametrize("preset", ["config", "config_fast"])
def test_both_architectures_are_really_measured(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "BUDGET_S", 0.0)  # one step of each, whatever the machine
    length = {"audio.sample_rate": 8192, "audio.audio_length_seconds": 1.0, "audio.audio_length_samples": 8192}
    values = {**length, "model.model_dim": 2, "output.checkpoint_measures": "none", "training.batch_size": 2}
    found = measure_pace(load_config(preset, values), 6, 3, CPU)
    assert min(found.critic_s, found.generator_s, found.evaluation_s) > 0


def test_made_up_clips_are_the_same_every_time_and_in_range(tiny_config: Config) -> None:
    clips = made_up_clips(tiny_config, 3)
    assert clips.shape == (3, 1, 4096)
    assert torch.equal(clips, made_up_clips(tiny_config, 3))
    assert 0.01 < float(clips.abs().mean()) < 1
    assert float(clips.abs().max()) <= 1
