"""The drive model in training: its losses, the clips' courses in them, and a run from the command line."""

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy.stats import spearmanr
from torch.nn import functional as F

from tests.support.driving import TIME, driven_batch
from tests.support.runs import same
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import SPEED, Batch
from wavegan_src.models.augmentation import Augmentation
from wavegan_src.models.drive.course import INSIDE, middle, middle_start
from wavegan_src.models.drive.critics import PLAIN, Seen
from wavegan_src.models.drive.gan import DriveGAN, spectrogram_penalty
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.statistics import measure
from wavegan_src.models.engine.clip_statistics import average_spectra
from wavegan_src.models.engine.relativistic import PENALTY_SHARE
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import ALONE

CPU = torch.device("cpu")


def advance(gan: DriveGAN, steps: int) -> None:
    for _ in range(steps):
        batch = driven_batch(gan.iteration)
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)


def test_the_penalty_is_the_gradients_square_length(drive_config: Config) -> None:
    """Against a difference quotient along the gradient, in double precision."""
    critic = DriveGAN(drive_config, CPU).critic.double()
    batch = driven_batch(0)
    assert batch.condition is not None
    views = critic.views(batch.clips.double()[:3], batch.condition.double()[:3])
    found = float(spectrogram_penalty(critic, views, ALONE.share(3)).detach())
    direct = 0.0
    for index in range(len(views)):
        shown = [Seen(view.spectrogram[::PENALTY_SHARE], view.condition[::PENALTY_SHARE]) for view in views]
        point = shown[index].spectrogram.clone().requires_grad_()
        scores = critic.scores([*shown[:index], Seen(point, shown[index].condition), *shown[index + 1 :]])
        (gradient,) = torch.autograd.grad(scores.sum(), point)
        length = gradient.flatten(1).norm(dim=1)[:, None, None]
        direction, step = gradient / length.clamp(min=1e-12), 1e-5

        def score(moved: torch.Tensor, index: int = index, shown: list[Seen] = shown) -> torch.Tensor:
            with torch.no_grad():
                return critic.scores([*shown[:index], Seen(moved, shown[index].condition), *shown[index + 1 :]])[index]

        slopes = (score(point + step * direction) - score(point - step * direction)) / (2 * step)
        direct += float(slopes.square().mean())
    assert found == pytest.approx(direct, rel=1e-4)


def test_what_is_at_the_ends_of_clips_is_not_compared(drive_config: Config) -> None:
    """Recorders begin with silence, which no engine has."""
    gan, batch = DriveGAN(drive_config, CPU), driven_batch(0)
    silent, end = batch.clips.clone(), middle_start(TIME)
    silent[..., :end] = silent[..., -end:] = 0
    for one, other in zip(gan.described(batch.clips, None), gan.described(silent, None), strict=True):
        assert torch.equal(one, other)
    starts = [0.3] * gan.views_of_a_clip
    seen, others = (
        gan.views(clips, batch.condition, starts, "real", 0, batch.share) for clips in (batch.clips, silent)
    )
    for view, other_view in zip(seen, others, strict=True):
        assert torch.equal(view.spectrogram, other_view.spectrogram)
    cut = batch.clips.clone()
    cut[..., end : 2 * end] = 0
    assert not torch.equal(gan.described(cut, None)[0], gan.described(silent, None)[0])


def test_its_first_sound_has_the_mean_spectrum_of_the_clips(drive_config: Config) -> None:
    """Within a decibel or so, where without calibration pulses and noise add several."""
    gan, batch = DriveGAN(drive_config, CPU), driven_batch(0, 64)
    gan.initialize_from(batch)
    uncalibrated = copy.deepcopy(gan.generator)
    uncalibrated.initialize_from(measure(batch, drive_config.audio.sample_rate, uncalibrated.components))
    latents = torch.randn(len(batch), uncalibrated.latent_dim, generator=torch.Generator().manual_seed(5))
    gains = uncalibrated.tone_gains / uncalibrated.tone_gains.sum(1, keepdim=True)

    def error(generator: DriveGenerator) -> float:
        with torch.no_grad():
            own = generator(latents, condition=batch.condition)
        missing = average_spectra(own[:, 0], 8192) - average_spectra(batch.clips[:, 0], 8192)
        return float((gains @ missing.mean(0)).abs().mean())

    assert error(gan.generator) < 0.4 * error(uncalibrated)
    for own, averaged in zip(gan.generator.state_dict().values(), gan.ema_generator.state_dict().values(), strict=True):
        torch.testing.assert_close(own, averaged, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("engines", "drawn_from"),
    [
        (None, {0: [0, 3], 1: [1, 4], 2: [2], 3: [], 4: []}),
        (torch.tensor([0, 1, 2, 0, 1]), {0: [], 1: [], 2: [2], 3: [0, 3], 4: [1, 4]}),
    ],
)
def test_each_engine_is_drawn_twice_on_the_course_of_its_clip(
    drive_config: Config, engines: torch.Tensor | None, drawn_from: dict[int, list[int]]
) -> None:
    """It is heard in that clip, or in the other one of its engine; in a batch of five, the third has no other one."""
    gan, batch = DriveGAN(drive_config, CPU), replace(driven_batch(0, 5), engines=engines)
    gan.initialize_from(driven_batch(9, 16))
    assert batch.condition is not None
    drawn = gan.draw("test", 0, batch)
    assert drawn.condition is not None
    assert torch.equal(drawn.condition, batch.condition[[0, 1, 2, 0, 1]])
    assert drawn.clips.shape == batch.clips.shape
    features = gan.described(drawn.clips.detach(), None)[0]
    apart = torch.cdist(features, features)
    assert float(min(apart[0, 3], apart[1, 4])) > 0  # two sounds
    for clip, sounds in drawn_from.items():
        louder = batch.clips.clone()
        louder[clip] *= 5
        other = gan.draw("test", 0, replace(batch, clips=louder)).clips
        changed = (other != drawn.clips).flatten(1).any(1)
        assert torch.nonzero(changed)[:, 0].tolist() == sounds


def test_the_engines_and_courses_of_the_last_clips_are_remembered(drive_config: Config) -> None:
    gan = DriveGAN(drive_config, CPU)
    gan.initialize_from(driven_batch(9, 16))
    memory, batch = gan.generator.memory, driven_batch(0)
    assert memory.factors.abs().max() > 0
    first = memory.factors.clone()
    gan.step_critic(batch)
    assert torch.equal(memory.factors, first)
    gan.step_generator(batch)
    assert (memory.factors != first).any(1).nonzero()[:, 0].tolist() == [0, 1, 2, 3]
    assert batch.condition is not None
    torch.testing.assert_close(memory.courses[:3, 0], batch.condition[:3, SPEED])
    known = torch.cat([memory.courses[:3], memory.courses[4:]])
    assert (memory.courses[3] == known).all(-1).all(-1).any()  # of the last clip no speed is known: it borrows one
    assert torch.equal(gan.ema_generator.memory.factors, memory.factors)
    assert torch.equal(gan.ema_generator.memory.courses, memory.courses)


def test_drawn_clips_have_the_tone_of_those_whose_engines_they_have(drive_config: Config) -> None:
    """Before any step, up to the scatter around each; clips go from dark to bright."""
    gan, batch = DriveGAN(drive_config, CPU), driven_batch(0, 16)
    colours = torch.linspace(-1, 1, 16)[:, None, None] * torch.linspace(0, 4, TIME // 2 + 1)
    clips = torch.fft.irfft(torch.fft.rfft(batch.clips) * colours.exp(), TIME)
    batch = Batch(0.1 * clips / clips.std(-1, keepdim=True), batch.condition)
    gan.initialize_from(batch)
    with torch.no_grad():
        drawn = gan.draw("test", 0, batch)
        nearest = torch.cdist(gan.described(drawn.clips, None)[0], gan.described(batch.clips, None)[0]).argmin(1)
    assert spearmanr(nearest, [*range(8), *range(8)]).statistic > 0.7


def test_the_critic_step_descends_the_relativistic_loss(drive_config: Config) -> None:
    gan, untrained = DriveGAN(drive_config, CPU), DriveGAN(drive_config, CPU)
    stats = gan.step_critic(driven_batch(0))
    assert float(stats.wasserstein_estimate) == pytest.approx(float(stats.real_score - stats.fake_score))
    untaught = (len(PLAIN) + 1) * float(F.softplus(torch.tensor(0.0)))
    assert float(stats.critic_loss) == pytest.approx(untaught, rel=0.5)
    gan.step_critic(driven_batch(1))  # what is expected of a condition begins with nothing, and so do its gradients
    before = untrained.critic.parameters()
    assert all(not torch.equal(a, b) for a, b in zip(gan.critic.parameters(), before, strict=True))


def test_steps_depend_on_the_batch_and_its_courses_alone(drive_config: Config) -> None:
    states = []
    for batch in (driven_batch(0), driven_batch(0), Batch(driven_batch(0).clips)):
        gan = DriveGAN(drive_config, CPU)
        gan.initialize_from(driven_batch(9, 16))
        torch.rand(3)  # the global generator has no say
        gan.step_critic(batch)
        gan.step_generator(batch)
        states.append(gan.state_dict())
    assert same(states[0], states[1])
    assert not same(states[0], states[2])


def test_restored_state_goes_on_bit_for_bit(drive_values: dict[str, Any]) -> None:
    drive_values["training"]["augmentation"] = "fixed"
    config = validate(drive_values, "test")
    straight, resumed = DriveGAN(config, CPU), DriveGAN(config, CPU)
    straight.initialize_from(driven_batch(9, 16))
    advance(straight, 1)
    resumed.load_state_dict(copy.deepcopy(straight.state_dict()))
    advance(straight, 1)
    advance(resumed, 1)
    assert same(straight.state_dict(), resumed.state_dict())


def test_the_critic_is_shown_courses_shifted_with_their_clips(
    drive_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    gan, batch = DriveGAN(drive_config, CPU), driven_batch(0, 2)
    heard, inside = TIME - 2 * middle_start(TIME), INSIDE
    shift = torch.tensor([0, heard // 4])
    augmentation = Augmentation(torch.ones(2), shift, torch.zeros(2, 5), torch.zeros(2), torch.zeros(2))
    gan.augmentation_strength = 1.0
    monkeypatch.setattr("wavegan_src.models.gan.draw_augmentation", lambda *_: augmentation)
    batch.condition[1] = batch.condition[0]  # type: ignore[index]  # of the second, nothing is known
    shown: list[torch.Tensor] = []
    monkeypatch.setattr(gan.critic, "views", lambda clips, course, starts: shown.extend([clips, course]))
    gan.views(batch.clips, batch.condition, [0.5] * 4, "", 0, batch.share)
    clips, course = shown
    assert batch.condition is not None
    whole, asked = middle(batch.clips, None)[0], batch.condition[..., inside]
    torch.testing.assert_close(clips[1], whole[1].roll(heard // 4, 1))
    torch.testing.assert_close(course[0], asked[0])
    torch.testing.assert_close(course[1, SPEED, 9:], asked[1, SPEED, :-9], atol=1e-3, rtol=0)


def test_the_shortest_clips_train(drive_values: dict[str, Any]) -> None:
    samples = 3416  # of whose middle the critics see half
    drive_values["audio"] |= {"audio_length_seconds": samples / 8192, "audio_length_samples": samples}
    gan = DriveGAN(validate(drive_values, "test"), CPU)
    batch = driven_batch(0)
    cut = Batch(batch.clips[..., :samples], batch.condition)
    gan.step_critic(cut)
    assert torch.isfinite(gan.step_generator(cut).generator_loss)
    assert all(torch.isfinite(parameter).all() for parameter in gan.generator.parameters())


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("model", "latent_dim", 2, 'architecture "drive" needs at least 3'),
        ("training", "batch_size", 1, 'architecture "drive" needs at least 2'),
        ("training", "precision", "bfloat16", "training.precision"),
    ],
)
def test_what_the_drive_model_cannot_do_is_told(
    drive_values: dict[str, Any], section: str, key: str, value: object, words: str
) -> None:
    drive_values[section][key] = value
    with pytest.raises(UserError, match=words):
        validate(drive_values, "test")
