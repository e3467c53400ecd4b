"""Measure the model at every checkpoint: distances to real clips, and the critic's scores of unseen ones; choose it.

The best checkpoint is the newest that the held-out recordings cannot tell from the one with the lowest measure: an
earlier one stays the best only by a difference that its interval supports.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.checkpoint_measures import CHECKPOINT_MEASURES, CheckpointMeasures
from wavegan_src.evaluation.measures.jackknife import Jackknife, clearly_worse, frechet_left_out
from wavegan_src.evaluation.measures.log_mel import describe_clips, frechet_distance, mean_pairwise_distance
from wavegan_src.generation.rendering import RENDER_BATCH, render_batches
from wavegan_src.metrics import FALLBACK_MEASURE
from wavegan_src.models.gan import AnyGAN
from wavegan_src.run.state import Best, Lowest
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_number
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.random import indexed_latents

MAX_CLIPS = 128
MEASURED_CLIPS = 64  # for the measures on embeddings, which cost more
SEARCHED_CLIPS = 1024  # training clips searched for copies: a second of work, once
CRITIC_BATCH = 16

Values = dict[str, float | None]


@dataclass(frozen=True)
class CheckpointQuality:
    """The measures of one checkpoint, columns of `checkpoint_metrics.csv`; None where a measure could not be taken."""

    logmel_frechet: float | None  # generated against validation clips
    logmel_frechet_real: float | None  # training against validation clips, as many of them, so with the same bias
    logmel_frechet_noise: float | None  # white noise at the real level against validation clips
    compared_clips: int  # clips on each side of these distances
    critic_real_training: float
    critic_real_validation: float | None
    critic_generated: float
    overfitting_gap: float | None  # (training - validation) / (training - generated): rises when the critic memorises
    generated_rms_db: float | None  # level in dBFS; None if only silence is generated
    diversity: float | None  # mean distance of two generated clips (fixed latents), over that of two training clips
    measured_clips: int  # clips on each side of the measures below
    kad_real: float | None  # training against validation clips
    kad_aisfx_real: float | None  # the same by the second network
    validation_recordings: int  # that these clips come from; 0 if nothing is held out
    measures: Values  # values of `CHECKPOINT_MEASURES`
    primary: str  # the measure that chooses the best model
    left_out: Jackknife | None  # of that measure; None if there are too few recordings, or it was not taken

    @property
    def value(self) -> float | None:
        """The primary measure; None if it was not taken."""
        return self.as_row()[self.primary]

    def as_row(self) -> Values:
        """The measures as CSV cells, by column."""
        low, high = (None, None) if self.left_out is None else self.left_out.interval
        return {name: getattr(self, name) for name in _OWN} | self.measures | {"primary_low": low, "primary_high": high}


_NO_COLUMNS = ("measures", "primary", "left_out")
_OWN = tuple(field.name for field in fields(CheckpointQuality) if field.name not in _NO_COLUMNS)


class QualityMeter:
    """Compares a model with the same real clips at every checkpoint; the real clips are described only once.

    Attributes:
        count: clips on each side of the log-mel distances.
        primary: the measure that chooses the best model, a key of `CheckpointQuality.as_row`.
        why_not: one line on why the configured measures cannot be taken with this data set; None if they can.
    """

    def __init__(self, dataset: ClipDataset, config: Config, group: Group = ALONE):
        self._dataset = dataset
        self._group = group
        self._config = config
        # With one recording nothing is held out, so distances are to the training clips themselves.
        held_out = len(dataset.validation) >= 2
        self._recording_count = dataset.validation_recordings if held_out else 0
        reference = dataset.validation if held_out else dataset.train
        self.count = min(len(dataset.train), len(reference), MAX_CLIPS)
        self._training = spread(dataset.train, MAX_CLIPS)
        self._validation = spread(dataset.validation, MAX_CLIPS)
        self._reference = self._describe(spread(reference, self.count))
        self._recordings = self._recordings_of(spread(reference, self.count))
        real = self._describe(spread(dataset.train, self.count))
        self._real_spread = mean_pairwise_distance(real)
        self.noise_distance: float | None = None
        self.real_distance: float | None = None
        if self.count >= 2:
            noise = self._white_noise(spread(reference, self.count))
            self.noise_distance = frechet_distance(self._describe_clips(noise), self._reference)
            if held_out:
                self.real_distance = frechet_distance(real, self._reference)
        self._measures, self.why_not = self._prepare_measures(reference)
        self._real = self._measures.real() if self._measures is not None and held_out else {}
        taken = self._measures is not None and config.output.checkpoint_measures != "none" and self.count >= 2
        self.primary: str = config.output.primary_measure if taken else FALLBACK_MEASURE

    def measure(self, gan: AnyGAN) -> CheckpointQuality:
        """Measure the averaged generator and the critic as they are now."""
        seed, latent_dim = self._config.training.seed, gan.config.model.latent_dim
        latents = indexed_latents(seed, "quality latents", 0, max(self.count, 2), latent_dim)
        batches = [batch.clone() for batch in torch.split(latents, RENDER_BATCH)]  # a view would take all along
        heard_by_critic = torch.cat(self._group.split(render_each, batches, gan))
        whitening = self._dataset.whitening
        generated = heard_by_critic if whitening is None else whitening.invert(heard_by_critic)
        training = mean_score(gan, self._batches(self._training))
        validation = mean_score(gan, self._batches(self._validation)) if len(self._validation) else None
        fake = mean_score(gan, (part[:, None] for part in torch.split(heard_by_critic, CRITIC_BATCH)))
        level = float(generated.square().mean())
        described = self._describe_clips(generated)
        measures, left_out = self._take_measures(generated)
        if self.primary == FALLBACK_MEASURE:
            left_out = self._leave_out(described)
        return CheckpointQuality(
            logmel_frechet=frechet_distance(described, self._reference) if self.count >= 2 else None,
            logmel_frechet_real=self.real_distance,
            logmel_frechet_noise=self.noise_distance,
            compared_clips=self.count,
            critic_real_training=training,
            critic_real_validation=validation,
            critic_generated=fake,
            overfitting_gap=ratio(training - validation, training - fake) if validation is not None else None,
            generated_rms_db=10 * float(np.log10(level)) if level > 1e-12 else None,
            diversity=self._diversity(described),
            measured_clips=self._measured if self._measures is not None else 0,
            kad_real=self._real.get("kad"),
            kad_aisfx_real=self._real.get("kad_aisfx"),
            validation_recordings=self._recording_count,
            measures=measures,
            primary=self.primary,
            left_out=left_out if self._recording_count else None,
        )

    @property
    def _measured(self) -> int:
        return min(self.count, MEASURED_CLIPS)

    def _prepare_measures(self, reference: NDArray[np.int64]) -> tuple[CheckpointMeasures | None, str | None]:
        held_out, training = (
            self._dataset.audible(spread(indices, self._measured)).numpy()
            for indices in (reference, self._dataset.train)
        )
        rate, extent = self._config.audio.sample_rate, self._config.output.checkpoint_measures
        try:
            recordings = self._recordings_of(spread(reference, self._measured))
            return CheckpointMeasures(
                held_out, training, rate, extent, self._originals(), recordings, self._group
            ), None
        except UserError as error:  # clips are too short: training continues without these measures
            return None, str(error)

    def _originals(self) -> Iterable[Clips]:
        chosen = spread(self._dataset.train, SEARCHED_CLIPS)
        for start in range(0, len(chosen), MEASURED_CLIPS):
            yield self._dataset.audible(chosen[start : start + MEASURED_CLIPS]).numpy()

    def _take_measures(self, generated: Tensor) -> tuple[Values, Jackknife | None]:
        if self._measures is None:
            return dict.fromkeys(CHECKPOINT_MEASURES), None
        return self._measures.measure_and_leave_out(generated[: self._measured].numpy())

    def _leave_out(self, described: Tensor) -> Jackknife | None:
        places = range(len(described))
        return frechet_left_out(described.numpy(), self._reference.numpy(), places, self._recordings)

    def _recordings_of(self, indices: NDArray[np.int64]) -> list[str]:
        return [self._dataset.recordings[index] for index in indices]

    def _diversity(self, described: Tensor) -> float | None:
        ours, theirs = mean_pairwise_distance(described), self._real_spread
        return ours / theirs if ours is not None and theirs else None

    def _describe(self, indices: NDArray[np.int64]) -> Tensor:
        return self._describe_clips(self._dataset.audible(indices))

    def _describe_clips(self, clips: Tensor) -> Tensor:
        return describe_clips(clips, self._config.audio.sample_rate)

    def _white_noise(self, indices: NDArray[np.int64]) -> Tensor:
        """Gaussian white noise, each clip at the level of a real clip."""
        real = self._dataset.audible(indices)
        noise = indexed_latents(self._config.training.seed, "white noise", 0, len(real), real.shape[1])
        return (noise * real.square().mean(1, keepdim=True).sqrt()).clamp(-1, 1)

    def _batches(self, indices: NDArray[np.int64]) -> Iterable[Tensor]:
        for start in range(0, len(indices), CRITIC_BATCH):
            yield self._dataset.batch(indices[start : start + CRITIC_BATCH])


def render_each(gan: AnyGAN, batches: list[Tensor]) -> list[Tensor]:
    """Waveforms `(batch, time)` of batches of latent vectors, by the averaged generator."""
    return list(render_batches(gan.ema_generator, batches, None))


def choose(epoch: int, measured: CheckpointQuality, lowest: Lowest | None) -> Best | None:
    """The checkpoint of `epoch` as the best so far; None if it is worse than the lowest, or was not measured."""
    value = measured.value
    if value is None or (lowest is not None and _is_worse(value, measured, lowest)):
        return None
    return Best(epoch=epoch, measure=measured.primary, value=value)


def _is_worse(value: float, measured: CheckpointQuality, lowest: Lowest) -> bool:
    """Whether a checkpoint is worse than the lowest so far, as far as the held-out recordings can tell."""
    if value <= lowest.value or measured.left_out is None:
        return False
    if not lowest.without_reference:  # written before intervals were
        return True
    then = Jackknife(lowest.value, tuple(lowest.without_generated), tuple(lowest.without_reference))
    return clearly_worse(measured.left_out, then)


def lowest_of(best: Best, measured: CheckpointQuality) -> Lowest:
    """What later checkpoints need to be compared with the present one, the lowest so far."""
    found = measured.left_out
    parts = ((), ()) if found is None else (found.without_generated, found.without_reference)
    generated, reference = map(list, parts)
    return Lowest(epoch=best.epoch, value=best.value, without_generated=generated, without_reference=reference)


def why_best(best: Best, lowest: Lowest | None) -> str:
    """Why the present checkpoint is the best, given the lowest before it."""
    value = format_number(best.value)
    if lowest is None:
        return f"lowest {best.measure} so far {value}"
    before = f"{format_number(lowest.value)} in epoch {lowest.epoch}"
    if best.value < lowest.value:
        return f"lowest {best.measure} so far {value}, from {before}"
    return f"{best.measure} {value}, which validation cannot tell from the lowest, {before}"


@torch.no_grad()
def mean_score(gan: AnyGAN, batches: Iterable[Tensor]) -> float:
    """Mean critic score of clips `(batch, 1, time)`, without phase shuffle or augmentation, in evaluation mode."""
    gan.critic.eval()  # no power iteration of spectral norm: measuring must not change anything
    scores = torch.cat([gan.critic(gan.heard(batch.to(gan.device))) for batch in batches])
    gan.critic.train()
    return float(scores.mean())


def ratio(numerator: float, denominator: float) -> float | None:
    """The quotient; None if the denominator is not above 0."""
    return numerator / denominator if denominator > 0 else None


def spread(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the indices, evenly spread, so that every recording is represented."""
    if len(indices) <= count:
        return indices
    return indices[np.linspace(0, len(indices) - 1, count).round().astype(np.int64)]
