"""Training of the drive model: the engine model's losses and one of texture, for clips of the same course.

Each generated clip is of the engine that the encoder hears in a real clip, on the course of that clip, so that a critic
cannot tell it by its speed, only by what it makes of it. Every such engine is drawn twice, to be compared with that
clip and with each other. Where it is known which clips are of one engine, it is heard in another one of them: what is
heard must then be good for other speeds and loads. The energy distance leads: critics of full weight leave traces of
their own, by which classifiers tell the sound.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import LOAD, POINTS, SPEED, SPEED_KNOWN, Batch, partners
from wavegan_src.models.augmentation import augment
from wavegan_src.models.drive import statistics
from wavegan_src.models.drive.course import (
    Course,
    complete,
    known_throughout,
    middle,
    middle_points,
    over_frames,
    turned,
)
from wavegan_src.models.drive.critics import PLAIN, DriveCritic, Seen
from wavegan_src.models.drive.encoder import CONTROLS
from wavegan_src.models.drive.generator import BANDS, BEND, DriveGenerator
from wavegan_src.models.drive.memory import REMEMBERED
from wavegan_src.models.engine.clip_statistics import average_spectra
from wavegan_src.models.engine.energy_distance import energy_distance, energy_score, twins
from wavegan_src.models.engine.relativistic import Drawn, RelativisticGAN, gradient_penalty
from wavegan_src.models.engine.spectral_filter import band_gains
from wavegan_src.models.gan import GeneratorStats, seeded_weights
from wavegan_src.utils.processes.group import Share

ADVERSARIAL_WEIGHT = 0.1  # more leaves the critics' traces in the sound; judges hear them
HEARD_AT_ONCE = 16  # clips: the spectra of more leave the cache
COURSE_WEIGHT = 0.5  # of the course beside each group of features in the energy distance
OWN_CLIP_WEIGHT = 0.3  # of the distance to the clip on whose course an engine is drawn, beside that of all clips
FACTOR_WEIGHT = 0.05  # of the squares of an engine's factors, which else would drown the scatter around them


class Heard(NamedTuple):
    """What the encoder hears of real clips: average spectra, groups of features; and the clips' conditions."""

    spectra: Tensor
    groups: list[Tensor]
    condition: Tensor | None

    def part(self, clips: Tensor) -> "Heard":
        """That of some of the clips, by their places."""
        condition = None if self.condition is None else self.condition[clips]
        return Heard(self.spectra[clips], [group[clips] for group in self.groups], condition)


class DriveGAN(RelativisticGAN[DriveGenerator, DriveCritic, Seen]):
    """The drive model's networks under a relativistic loss."""

    adversarial_weight = ADVERSARIAL_WEIGHT
    views_of_a_clip = len(PLAIN) + 1

    def __init__(self, config: Config, device: torch.device):
        audio = config.audio
        with seeded_weights(config.training.seed):
            generator = DriveGenerator(config.model, audio).to(device)
            critic = DriveCritic(audio.sample_rate).to(device)
        super().__init__(config, device, generator, critic)
        self._heard_last: tuple[Batch, Heard] | None = None

    def initialize_from(self, batch: Batch) -> None:
        """Start the generator from statistics of the training clips, and bring its own sound to them."""
        generator = self.generator
        found = statistics.measure(batch, self.config.audio.sample_rate, generator.components)
        generator.initialize_from(found)
        heard = self._hear(batch)
        law = found.tone_slopes @ band_gains(BANDS, len(found.mean_spectrum), BEND)
        generator.encoder.initialize_from(found.mean_spectrum, found.components, law, self._described_to_encoder(heard))
        with torch.no_grad():
            factors = self._factors(heard)
        self._fill_memory(factors, heard.condition)
        statistics.calibrate(generator, batch.to(self.device), factors)
        self.ema_generator.load_state_dict(generator.state_dict())

    def _fill_memory(self, factors: Tensor, condition: Tensor | None) -> None:
        """Remember the measured clips as often as there is room: those whose course is known, if there are any."""
        known = torch.arange(len(factors), device=factors.device)
        if condition is not None and (throughout := known_throughout(condition)).any():
            known = known[throughout]
        places = known[torch.linspace(0, len(known) - 1, REMEMBERED).round().long()]
        self._remember(0, factors[places], None if condition is None else condition[places])

    def draw(self, purpose: str, step: int, batch: Batch) -> Drawn:
        """See `RelativisticGAN.draw`; the engines of the first half of the batch's clips, twice, on their courses.

        Where other clips of these engines are known, they are heard in those, so that how one was driven is not heard.
        """
        share = batch.share
        like = twins(share.whole)[share.rows].to(self.device)
        heard = self._heard_in(batch)
        where = like if batch.engines is None else partners(batch.engines.to(self.device))[like]
        factors = self._factors(heard.part(where))
        condition = None if heard.condition is None else heard.condition[like]
        clips: Tensor = self.generator(self._latents(purpose, step, share), condition=condition, factors=factors)
        return Drawn(clips, condition, FACTOR_WEIGHT * factors.square().sum() / share.whole)

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """See `GAN.step_generator`; the engines of the batch's clips are remembered."""
        step, stats = self.generator_step, super().step_generator(batch)
        heard = self._heard_in(batch)
        with torch.no_grad():
            self._remember(step, self._factors(heard), heard.condition)
        self._heard_last = None
        return stats

    def _remember(self, step: int, factors: Tensor, condition: Tensor | None) -> None:
        """Remember engines, and the courses that they follow in training."""
        drawn = Course(*self.generator.memory.courses_near(factors).unbind(1))
        course = drawn if condition is None else complete(over_frames(condition, POINTS), drawn)
        for generator in (self.generator, self.ema_generator):
            generator.memory.remember(step, factors, torch.stack([course.speed, course.load], 1))

    def _heard_in(self, batch: Batch) -> Heard:
        """What is heard of the real clips of the whole batch, where several processes train; kept for the step."""
        if self._heard_last is None or self._heard_last[0] is not batch:
            own = self._hear(batch)
            conditions = [] if own.condition is None else [own.condition.flatten(1)]
            spectra, *groups = self._gather([own.spectra, *own.groups, *conditions], batch.share)
            condition = None if own.condition is None else groups.pop().view(-1, *own.condition.shape[1:])
            self._heard_last = batch, Heard(spectra, groups, condition)
        return self._heard_last[1]

    @torch.no_grad()
    def _hear(self, batch: Batch) -> Heard:
        condition = None if batch.condition is None else batch.condition.to(self.device)
        inside, course = middle(batch.clips.to(self.device), condition)
        pieces = torch.split(inside, HEARD_AT_ONCE)
        courses = [None] * len(pieces) if course is None else torch.split(course, HEARD_AT_ONCE)
        parts = [self.generator.encoder.describe(*part) for part in zip(pieces, courses, strict=True)]
        groups = [torch.cat(group) for group in zip(*parts, strict=True)]
        return Heard(average_spectra(inside[:, 0], self.config.audio.sample_rate), groups, condition)

    def _factors(self, heard: Heard) -> Tensor:
        """The factors `(clips, components)` of the engines in real clips."""
        factors: Tensor = self.generator.encoder(heard.spectra, self._described_to_encoder(heard))
        return factors

    def _described_to_encoder(self, heard: Heard) -> Tensor:
        """All features in a row, and the controls: see `Encoder.forward`."""
        controls = heard.spectra.new_zeros(len(heard.spectra), CONTROLS)
        if heard.condition is not None:
            inside = middle_points(heard.condition)
            known = known_throughout(inside)[:, None]
            speed = self.generator.scaled(inside[:, SPEED].mean(1))
            controls = torch.stack([speed, 2 * inside[:, LOAD].mean(1) - 1], 1) * known
        return torch.cat([*heard.groups, controls], 1)

    def heard(self, clips: Tensor) -> Tensor:
        """See `GAN.heard`."""
        return middle(clips, None)[0]

    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int, share: Share
    ) -> list[Seen]:
        """What the critic sees of clips `(batch, 1, time)` and their course: the middle, as the run augments it."""
        clips, condition = middle(clips, condition)
        augmentation = self._augmentation(purpose, step, share, clips.shape[-1])
        if augmentation is not None and condition is not None:
            condition = turned(condition, augmentation.shift / clips.shape[-1])
        return self.critic.views(augment(clips, augmentation), condition, starts)

    def scores(self, views: Sequence[Seen]) -> Tensor:
        """See `RelativisticGAN.scores`."""
        return self.critic.scores(views)

    def penalty(self, views: list[Seen], share: Share) -> Tensor:
        """See `RelativisticGAN.penalty`."""
        return spectrogram_penalty(self.critic, views, share)

    def described(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """See `RelativisticGAN.described`; of the clips' middle, beside its course, so that joint laws are compared."""
        clips, condition = middle(clips, condition)
        return self._with_course(self.generator.encoder.describe(clips, condition), condition)

    def described_real(self, batch: Batch) -> list[Tensor]:
        """See `RelativisticGAN.described_real`."""
        heard = self._heard_in(batch)
        return self._with_course(heard.groups, None if heard.condition is None else middle_points(heard.condition))

    def distance(self, generated: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
        """See `RelativisticGAN.distance`: of all clips, and of each from the one whose engine it has."""
        batch = len(real[0])
        like = twins(batch).to(self.device) if batch > 2 else None  # of two draws of one clip, none would be another's
        return energy_distance(generated, real, like) + OWN_CLIP_WEIGHT * energy_score(generated, real)

    def _with_course(self, groups: list[Tensor], condition: Tensor | None) -> list[Tensor]:
        """Groups of features beside the course of clips' middles, if it is known."""
        if condition is None:
            return groups
        speed = self.generator.scaled(condition[:, SPEED]) * condition[:, SPEED_KNOWN]
        course = torch.stack([speed.mean(1), condition[:, LOAD].mean(1)], 1)
        return [torch.cat([group, COURSE_WEIGHT * group.shape[1] ** 0.5 * course], 1) for group in groups]


def spectrogram_penalty(critic: DriveCritic, views: list[Seen], share: Share) -> Tensor:
    """`gradient_penalty` at spectrograms, whatever the course."""

    def choose(view: Seen, clips: slice) -> Seen:
        return Seen(view.spectrogram[clips], view.condition[clips])

    return gradient_penalty(critic.scores, views, share, choose, lambda view: view.spectrogram)
