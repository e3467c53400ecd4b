"""How long a run will take: steps and an evaluation of made-up clips, timed on this machine in a few seconds.

Nothing of the run itself is touched: the networks are new ones, and are thrown away. Where whole batches, or networks
of the full width, would take too long, smaller ones are timed and scaled, and `Pace` says so.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.clips.index import CLIP, ClipIndex, Summary
from wavegan_src.data.clips.shards import Shards
from wavegan_src.dataset import ClipDataset
from wavegan_src.dsp.clips import to_int16
from wavegan_src.models.estimates import Estimate, estimate
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan, entry_of
from wavegan_src.trainer.quality import MAX_CLIPS, QualityMeter
from wavegan_src.utils.format import format_count, format_duration, format_rough_duration

BUDGET_S = 3.0  # for repeating steps; an evaluation takes about as long again
# For two steps of each network on a larger batch, were time to grow with the clips. It grows less: the first clips cost
# most, and other programs disturb short measurements most.
LARGEST_BUDGET_S = 15.0
FEWEST = 2  # clips of the first, small batch
MOST_STEPS = 10
LARGEST_STATE = 2**30  # bytes of networks to build for timing: more take long to initialise
EVALUATED_SECONDS = 32.0  # of sound, in an evaluation that is timed
MOST_EVALUATED = {"none": 16, "cheap": 16, "full": 4}  # clips, by `output.checkpoint_measures`

Clock = Callable[[], float]


@dataclass(frozen=True)
class Pace:
    """Measured seconds.

    Attributes:
        critic_s, generator_s: of a step on a whole batch.
        evaluation_s: of the measures at a checkpoint.
        scaled_from: what was timed instead of the run's own sizes, in words; empty if nothing else was.
    """

    critic_s: float
    generator_s: float
    evaluation_s: float
    scaled_from: str

    def steps_s(self, iterations: int, generator_steps: int) -> float:
        """Seconds of so many critic and generator steps."""
        return self.critic_s * iterations + self.generator_s * generator_steps

    def words(self, config: Config, planned: Estimate, done: int) -> str:
        """The time that a run takes, and how it is known.

        Args:
            config: the run's.
            planned: its steps.
            done: critic steps that a resumed run has behind it.
        """
        checkpoints = checkpoint_count(config)
        evaluations = checkpoints * self.evaluation_s
        whole = self.steps_s(planned.iterations, planned.generator_steps) + evaluations
        left = whole * (1 - done / planned.iterations)
        scaled = f", scaled from {self.scaled_from}" if self.scaled_from else ""
        return (
            f"about {format_rough_duration(whole)}"
            + (f", {format_rough_duration(left)} of it left" if done else "")
            + f"; measured now: {format_duration(self.critic_s)} for a critic step and "
            f"{format_duration(self.generator_s)} for a generator step{scaled}, and "
            f"{format_count(checkpoints, 'evaluation')} of {format_duration(self.evaluation_s)} "
            f"({100 * evaluations / whole:.0f} %)"
        )


def checkpoint_count(config: Config) -> int:
    """Checkpoints of a run: after the first epoch, every few epochs, and after the last."""
    epochs, interval = config.training.epochs, config.output.checkpoint_interval_epochs
    return epochs // interval + (interval > 1) + (epochs % interval != 0 and epochs > 1)


def measure_pace(
    config: Config,
    training_clips: int,
    validation_clips: int,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> Pace:
    """Time steps and an evaluation of the networks of a configuration.

    Args:
        config: what to train.
        training_clips, validation_clips: sizes of the data set.
        device: where to compute.
        clock: seconds, monotonic.
    """
    probe = _affordable(config, training_clips, device)
    count = min(config.training.batch_size, training_clips)
    gan = build_gan(probe, device)
    gan.initialize_from(Batch(made_up_clips(probe, min(count, 16, gan.clips_wanted))))
    timed, critic_s, generator_s = _time_batches(gan, probe, count, clock)
    critic_ratio, generator_ratio = _cost_ratios(config, probe)
    evaluation_s = _time_evaluation(gan, probe, training_clips, validation_clips, clock)
    smaller = [f"model_dim {probe.model.model_dim}"] * (probe.model != config.model)
    smaller += [f"batches of {timed}"] * (timed != count)
    return Pace(critic_ratio * critic_s, generator_ratio * generator_s, evaluation_s, " and ".join(smaller))


def made_up_clips(config: Config, count: int) -> Tensor:
    """Pulses in noise, like an engine from afar: float32 `(count, 1, time)`; the same ones every time."""
    samples, rate = config.audio.audio_length_samples, config.audio.sample_rate
    seconds = torch.arange(samples, dtype=torch.float32) / rate
    rates = torch.linspace(20, 60, max(count, 1))[:count, None]  # firings per second
    phase = (seconds * rates) % 1
    noise = torch.randn(count, samples, generator=torch.Generator().manual_seed(0))
    return (0.2 * torch.exp(-8 * phase) * (1 + noise) + 0.01 * noise).clamp(-1, 1)[:, None]


def _affordable(config: Config, training_clips: int, device: torch.device) -> Config:
    """The configuration to time: narrower networks if the run's take long to build; never compiled by PyTorch."""
    training = config.training.model_copy(update={"compile": False})
    probe = config.model_copy(update={"training": training})
    while (
        device.type == "cpu"
        and entry_of(probe.model).operations is not None
        and probe.model.model_dim > 1
        and estimate(probe, training_clips, device).state_bytes > LARGEST_STATE
    ):
        narrower = probe.model.model_copy(update={"model_dim": probe.model.model_dim // 2})
        probe = probe.model_copy(update={"model": narrower})
    return probe


def _cost_ratios(config: Config, probe: Config) -> tuple[float, float]:
    """How much more a critic and a generator step cost than those that are timed, by their operations."""
    operations = entry_of(config.model).operations
    if operations is None or config.model == probe.model:
        return 1.0, 1.0
    critic, generator = (whole / part for whole, part in zip(operations(config), operations(probe), strict=True))
    return critic, generator


def _time_batches(gan: AnyGAN, config: Config, count: int, clock: Clock) -> tuple[int, float, float]:
    """Seconds of a critic and a generator step on `count` clips, and the clips in the largest batch that was timed."""
    small = min(count, FEWEST)
    few = _time_steps(gan, made_up_clips(config, small), BUDGET_S / 4, clock)
    most = small * LARGEST_BUDGET_S / (2 * sum(few))
    large = count if most >= count else max(small, int(most))
    if large == small:
        return large, few[0] * count / large, few[1] * count / large
    many = _time_steps(gan, made_up_clips(config, large), BUDGET_S, clock)
    slopes = (max(0.0, (after - before) / (large - small)) for before, after in zip(few, many, strict=True))
    critic, generator = (seconds + slope * (count - large) for seconds, slope in zip(many, slopes, strict=True))
    return large, critic, generator


def _time_steps(gan: AnyGAN, clips: Tensor, budget_s: float, clock: Clock) -> tuple[float, float]:
    """Median seconds of critic and generator steps, after one of each that is not counted."""
    batch = Batch(clips).to(gan.device)
    start = clock()
    times: list[tuple[float, float]] = []
    for _ in range(MOST_STEPS + 1):
        begin = clock()
        gan.step_critic(batch)
        middle = _now(gan.device, clock)
        gan.step_generator(batch)
        end = _now(gan.device, clock)
        times.append((middle - begin, end - middle))
        if len(times) > 1 and end - start > budget_s:
            break
    return median(critic for critic, _ in times[1:]), median(generator for _, generator in times[1:])


def _now(device: torch.device, clock: Clock) -> float:
    """The time once the device has finished its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return clock()


def _time_evaluation(gan: AnyGAN, config: Config, training_clips: int, validation_clips: int, clock: Clock) -> float:
    """Seconds of the measures at a checkpoint, scaled from a few clips to as many as the run has."""
    reference = validation_clips if validation_clips >= 2 else training_clips
    count = min(training_clips, reference, MAX_CLIPS)
    most = min(MOST_EVALUATED[config.output.checkpoint_measures], EVALUATED_SECONDS / config.audio.audio_length_seconds)
    few = min(count, max(2, int(most)))
    meter = QualityMeter(_made_up_dataset(config, few), config)
    start = clock()
    meter.measure(gan)
    return (_now(gan.device, clock) - start) * count / few


def _made_up_dataset(config: Config, count: int) -> ClipDataset:
    """As many training as validation clips, all made up."""
    samples = to_int16(made_up_clips(config, 2 * count)[:, 0].numpy())
    rows = np.zeros(len(samples), CLIP)
    rows["gain"], rows["source"] = 1, np.arange(len(samples))
    sources = [str(number) for number in range(len(samples))]
    return ClipDataset(
        CachedClips(Path(), "", Shards([samples]), ClipIndex(Summary(), rows, sources)),
        np.arange(count),
        np.arange(count, 2 * count),
        procedural=True,
        recordings=sources,
        dropped=Counter(),
    )
