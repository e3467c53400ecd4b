import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from tests.support.cli import RunCli
from tests.support.runs import TINY_SAMPLES, same
from wavegan_src.config_loader import to_json, validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import open_dataset
from wavegan_src.models.engine.critics import VIEWS
from wavegan_src.models.engine.energy_distance import energy_distance
from wavegan_src.models.engine.gan import EngineGAN, spectrogram_penalty
from wavegan_src.models.engine.relativistic import PENALTY_SHARE
from wavegan_src.trainer.planning.preflight import check_batch
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import ALONE

CPU = torch.device("cpu")


def real_batch(step: int, samples: int = TINY_SAMPLES) -> Batch:
    return Batch(0.2 * torch.randn(8, 1, samples, generator=torch.Generator().manual_seed(step)))


def advance(gan: EngineGAN, steps: int) -> None:
    for _ in range(steps):
        batch = real_batch(gan.iteration)
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)


def test_the_penalty_is_the_gradients_square_length(engine_config: Config) -> None:
    """Against a difference quotient along the gradient, in double precision."""
    gan = EngineGAN(engine_config, CPU)
    critic = gan.critic.double()
    views = [view.double() for view in critic.views(real_batch(0).clips.double())]
    found = float(spectrogram_penalty(critic, views, ALONE.share(8)).detach())
    direct = 0.0
    for index, view in enumerate(views):
        part = view[::PENALTY_SHARE].detach()
        single = critic.critics[index]
        for clip in part:
            point = clip[None].clone().requires_grad_()
            (gradient,) = torch.autograd.grad(single(point).sum(), point)
            direction, step = gradient / gradient.norm(), 1e-5
            with torch.no_grad():
                slope = (single(point + step * direction) - single(point - step * direction)) / (2 * step)
            direct += float(slope) ** 2 / len(part)
    assert found == pytest.approx(direct, rel=1e-4)


def test_the_critic_step_descends_the_relativistic_loss(engine_config: Config) -> None:
    gan = EngineGAN(engine_config, CPU)
    stats = gan.step_critic(real_batch(0))
    untrained = EngineGAN(engine_config, CPU)
    margin = stats.real_score - stats.fake_score
    assert float(stats.wasserstein_estimate) == pytest.approx(float(margin))
    untaught = len(VIEWS) * float(F.softplus(torch.tensor(0.0)))
    assert float(stats.critic_loss) == pytest.approx(untaught, rel=0.5)
    changed = [
        (a - b).abs().max() > 0 for a, b in zip(gan.critic.parameters(), untrained.critic.parameters(), strict=True)
    ]
    assert all(changed)


def test_training_brings_clips_nearer_to_the_recordings(engine_values: dict[str, Any]) -> None:
    """By the energy distance of fresh clips, of a generator that was told nothing beforehand."""
    config = validate(engine_values, "test")
    gan, dataset = EngineGAN(config, CPU), open_dataset(config)
    real = dataset.batch(dataset.train)
    latents = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))

    @torch.no_grad()
    def distance() -> float:
        return float(energy_distance(gan.features(gan.generator(latents)), gan.features(real)))

    before = distance()
    for step in range(25):
        random = torch.Generator().manual_seed(step)
        batch = Batch(real[torch.randperm(len(real), generator=random)[:8]])
        gan.step_critic(batch)
        gan.step_generator(batch)
    assert distance() < before - 1, (before, distance())


def test_the_critic_is_shown_augmented_clips(engine_values: dict[str, Any]) -> None:
    figures = []
    for mode in ("off", "fixed"):
        engine_values["training"]["augmentation"] = mode
        gan = EngineGAN(validate(engine_values, "test"), CPU)
        advance(gan, 2)
        figures.append([float(parameter.detach().abs().sum()) for parameter in gan.critic.parameters()])
        assert all(torch.isfinite(parameter).all() for parameter in gan.generator.parameters())
    assert figures[0] != figures[1]


def test_the_generator_step_compares_with_the_batch_it_is_given(engine_config: Config) -> None:
    """Not with one remembered from before: the same batch gives the same figures whatever the critic saw."""
    figures = []
    for seen, given in ((0, 1), (2, 1), (2, 3)):
        gan = EngineGAN(engine_config, CPU)
        critic = copy.deepcopy(gan.critic.state_dict())
        gan.step_critic(real_batch(seen))
        gan.critic.load_state_dict(critic)
        figures.append([float(figure) for figure in gan.step_generator(real_batch(given))])
    assert figures[0] == figures[1] != figures[2]


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("model", "latent_dim", 2, "at least 3"),
        ("training", "batch_size", 1, "training.batch_size is 1.* at least 2"),
        ("training", "precision", "bfloat16", "training.precision"),
        ("training", "micro_batch_size", 4, "training.micro_batch_size"),
        ("training", "compile", True, "training.compile"),
    ],
)
def test_what_the_engine_model_cannot_do_is_told(
    engine_values: dict[str, Any], section: str, key: str, value: object, words: str
) -> None:
    engine_values[section][key] = value
    with pytest.raises(UserError, match=words):
        validate(engine_values, "test")


def test_clips_that_are_too_short_are_told(engine_values: dict[str, Any]) -> None:
    engine_values["audio"] |= {"audio_length_seconds": 1000 / 8192, "audio_length_samples": 1000}
    with pytest.raises(UserError, match="needs 3074 at 8192 Hz"):
        validate(engine_values, "test")


@pytest.mark.parametrize("samples", [3074, 3075])
def test_the_shortest_clips_train(engine_values: dict[str, Any], samples: int) -> None:
    engine_values["audio"] |= {"audio_length_seconds": samples / 8192, "audio_length_samples": samples}
    gan = EngineGAN(validate(engine_values, "test"), CPU)
    batch = real_batch(0, samples)
    gan.step_critic(batch)
    assert torch.isfinite(gan.step_generator(batch).generator_loss)
    assert all(torch.isfinite(parameter).all() for parameter in gan.generator.parameters())


def test_a_single_training_clip_is_refused(engine_config: Config) -> None:
    check_batch(engine_config.model, 2)
    with pytest.raises(UserError, match="at least 2 training clips, but there is only 1"):
        check_batch(engine_config.model, 1)


def test_a_run_resumes_reports_and_generates(
    engine_values: dict[str, Any], cli: RunCli, few_recordings: Path, tmp_path: Path
) -> None:
    """From the command line: one epoch and then two equal two at once, and the model generates."""
    engine_values["dataset"]["base_path"] = str(few_recordings)
    checkpoints = []
    for name, parts in (("parts", (1, 2)), ("whole", (2,))):
        engine_values["output"]["output_dir"] = str(tmp_path / name)
        for epochs in parts:
            engine_values["training"]["epochs"] = epochs
            (tmp_path / "engine.json").write_text(to_json(validate(engine_values, "test")))
            done = cli("--config", "engine.json")
            assert done.returncode == 0, done.stderr
        state = torch.load(tmp_path / name / "checkpoints" / "final_model.tar", weights_only=True)
        checkpoints.append({key: state[key] for key in ("generator_ema", "generator", "discriminator", "epoch")})
        assert "Wasserstein" not in (tmp_path / name / "report.html").read_text()
        assert "Wasserstein" not in done.stdout
    assert same(*checkpoints)
    done = cli("--config", "engine.json", "--generate-only", "3")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "whole" / "generated").glob("*.wav"))) == 3
    other = cli("--config", "engine.json", "--epochs", "1", "--fresh")
    assert other.returncode == 0, other.stderr


def test_a_checkpoint_of_the_other_architecture_is_named(
    engine_values: dict[str, Any], cli: RunCli, few_recordings: Path, tmp_path: Path
) -> None:
    engine_values["dataset"]["base_path"] = str(few_recordings)
    (tmp_path / "engine.json").write_text(to_json(validate(engine_values, "test")))
    assert cli("--config", "engine.json", "--epochs", "1").returncode == 0
    engine_values["model"]["architecture"] = "wavegan"
    (tmp_path / "other.json").write_text(to_json(validate(engine_values, "test")))
    done = cli("--config", "other.json")
    assert done.returncode == 2
    assert "model.architecture: engine in the checkpoint, wavegan now" in done.stderr + done.stdout
