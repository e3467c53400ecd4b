"""What the rest of the program asks of an architecture: everything that differs between them, without PyTorch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

USE_BEST = "use the best model (--generate-only N takes it)"


@dataclass(frozen=True)
class CriticTerms:
    """What the critic's figures are called where people read them, since objectives differ.

    The columns of the tables have one name for all (`wasserstein_estimate`, `gradient_penalty`).

    Attributes:
        estimate: of the difference of the critic's mean scores.
        share: the same as what a gap is a share of.
        estimate_about: how it is read.
        run_summary: a run's estimate in sentences, with {peak} for its highest value and {last} for that of the last
            tenth.
        losses_unit, losses_about: of the losses.
        penalty: what the gradient penalty is.
        penalty_about: how it is read.
    """

    estimate: str
    share: str
    estimate_about: str
    run_summary: str
    losses_unit: str
    losses_about: str
    penalty: str
    penalty_about: str


@dataclass(frozen=True)
class AdviceOverrides:
    """Advice in place of the usual one (`convergence/advice.py`), by the name of the state."""

    while_running: Mapping[str, str] = field(default_factory=dict)
    once_over: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sizes:
    """The numbers of a configuration that an architecture may limit."""

    latent_dim: int
    phase_shuffle: int
    batch_size: int
    sample_rate: int
    clip_samples: int  # audio.audio_length_samples


def no_limits(sizes: Sizes) -> str | None:
    """What an architecture says that accepts every configuration."""
    del sizes
    return None


@dataclass(frozen=True)
class ArchitectureSpec:
    """One architecture.

    Attributes:
        name: value of `model.architecture`.
        title: what it is called in a sentence.
        description: what it does, as the continuation of its name.
        networks: module whose `ENTRY` (`models.registry.Entry`) makes its networks; imported on first use.
        version: of what its weights mean. Raise it when old weights would load but sound or learn differently: their
            checkpoints are then refused.
        terms: what the critic's figures are called.
        estimates_distance: whether the loss holds the critic's slope at 1, so that its estimate is a distance: limits
            of penalty and estimate, and swings of the estimate, mean something only then.
        keys: configuration keys that not every architecture has, and this one does.
        alike: keys that must be the same in a model whose weights a run starts from, beside those that all share.
        fewest_clips: training clips, and clips in a batch, that a step takes.
        shortest_sound: samples that a generated clip must have at a sample rate; None where it writes clips of the
            trained length alone.
        problem: a sentence on what is wrong with a configuration's sizes; None where they fit.
        advice: where it wants another than the usual one.
    """

    name: str
    title: str
    description: str
    networks: str
    version: int
    terms: CriticTerms
    estimates_distance: bool
    keys: frozenset[str] = frozenset()
    alike: tuple[str, ...] = ()
    fewest_clips: int = 1
    shortest_sound: Callable[[int], int] | None = None
    problem: Callable[[Sizes], str | None] = no_limits
    advice: AdviceOverrides = field(default_factory=AdviceOverrides)
