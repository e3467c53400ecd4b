import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.interrupting import in_fork
from tests.support.states import run_state
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.estimates import estimate, parameter_counts
from wavegan_src.models.registry import build_gan
from wavegan_src.models.wavegan.wgan import WGAN


@pytest.mark.parametrize("preset", ["config_test", "config_fast"])
def test_counts_are_those_of_the_networks(preset: str) -> None:
    config = load_config(preset)
    gan = build_gan(config, torch.device("cpu"))
    counted = tuple(sum(p.numel() for p in net.parameters()) for net in (gan.generator, gan.critic))
    assert parameter_counts(config) == counted


def test_counting_the_production_networks_takes_no_memory() -> None:
    generator, critic = parameter_counts(load_config("config"))
    assert generator > 2.8e8
    assert critic > 2.7e8


def test_checkpoint_size_is_what_is_written(tiny_config: Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    gan = WGAN(tiny_config, torch.device("cpu"))
    batch = Batch(torch.rand(8, 1, 4096))
    gan.step_critic(batch)
    gan.step_generator(batch)
    path = CheckpointStore(tmp_path_factory.mktemp("store")).save(run_state(1, **gan.state_dict()), 1)
    planned = estimate(tiny_config, training_clips=100).checkpoint_bytes
    assert path.stat().st_size == pytest.approx(planned, rel=0.15)


def test_steps_follow_the_definition_of_an_epoch(tiny_config: Config) -> None:
    planned = estimate(tiny_config, training_clips=100)  # two epochs, batches of 8, n_critic 3
    assert planned.iterations == 25
    assert planned.generator_steps == 8


def test_batches_are_never_larger_than_the_set(tiny_config: Config) -> None:
    assert estimate(tiny_config, training_clips=4).iterations == 2


def test_memory_grows_with_batch_and_width() -> None:
    def memory(batch: int, width: int) -> int:
        overrides = {"training.batch_size": batch, "model.model_dim": width}
        return estimate(load_config("config", overrides), training_clips=1000).memory_bytes

    assert memory(8, 8) < memory(16, 8) < memory(16, 16)


def test_micro_batches_take_less_memory() -> None:
    whole, parts = (
        estimate(load_config("config", {"training.micro_batch_size": size}), training_clips=1000).activation_bytes
        for size in (None, 4)
    )
    assert parts < whole


def peak_of_steps(preset: str, overrides: dict[str, Any]) -> int:
    """By how many bytes the peak of this process's memory rises in a few steps of training."""
    before = peak_bytes()
    config = load_config(preset, overrides)
    gan = build_gan(config, torch.device("cpu"))
    for _ in range(2):
        real = Batch(torch.rand(config.training.batch_size, 1, 44100))
        gan.step_critic(real)
    gan.step_generator(real)
    return peak_bytes() - before


def peak_bytes() -> int:
    """Not `ru_maxrss`, which a process takes over from its parent."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("preset", "width", "batch", "backend", "architecture"),
    [
        ("config", 8, 8, "auto", "wavegan"),
        ("config", 4, 32, "auto", "wavegan"),
        ("config", 8, 8, "autograd", "wavegan"),
        ("config_fast", 192, 8, "auto", "engine"),
        ("config_fast", 192, 8, "auto", "drive"),
    ],
)
def test_memory_is_near_the_measured_peak(preset: str, width: int, batch: int, backend: str, architecture: str) -> None:
    overrides = {
        "training.batch_size": batch,
        "model.model_dim": width,
        "model.architecture": architecture,
        "training.backend": backend,
        "training.device": "cpu",
    }
    planned = estimate(load_config(preset, overrides), training_clips=1000).memory_bytes
    assert 0.6 < planned / in_fork(peak_of_steps, preset, overrides) < 1.6


def test_memory_follows_the_clips_that_are_computed_at_once() -> None:
    def memory(device: str, **training: object) -> int:
        overrides = {f"training.{name}": value for name, value in training.items()} | {"model.model_dim": 8}
        return estimate(load_config("config", overrides), 1000, torch.device(device)).memory_bytes

    for device in ("cpu", "cuda"):
        parts = memory(device, batch_size=64, micro_batch_size=16)
        assert parts == memory(device, batch_size=16) < memory(device, batch_size=64)
    assert memory("cuda", precision="bfloat16") < memory("cuda")
