"""The description of an architecture: everything that differs between architectures, without PyTorch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

USE_BEST = "use the best model (--generate-only N uses it)"


@dataclass(frozen=True)
class CriticTerms:
    """Names and explanations of the critic's figures for readers; they depend on the architecture's objective.

    CSV columns have the same names for all architectures (`wasserstein_estimate`, `gradient_penalty`).

    Attributes:
        estimate: name of the difference between the critic's mean scores of real and generated clips.
        share: the same, as the whole of which an overfitting gap is a share.
        estimate_about: how to read it.
        run_summary: sentences on the estimate over a run, with {peak} for its highest value and {last} for its value
            over the last tenth.
        losses_unit, losses_about: unit of the losses, and how to read them.
        penalty: formula of the gradient penalty.
        penalty_about: how to read it.
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
    """Advice that replaces the usual advice (`convergence/advice.py`), by the name of the state."""

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
    """The `problem` of an architecture that accepts every configuration."""
    del sizes
    return None


@dataclass(frozen=True)
class ArchitectureSpec:
    """One architecture.

    Attributes:
        name: value of `model.architecture`.
        title: its name within a sentence.
        description: what it does, continuing a sentence that begins with its name.
        networks: module whose `ENTRY` (`models.registry.Entry`) builds its networks; imported on first use.
        version: version of its weights' meaning. Raise it when old weights would load but sound or learn differently:
            their checkpoints are then refused.
        terms: names of the critic's figures.
        estimates_distance: whether the loss holds the critic's slope at 1, so that its estimate is a distance: limits
            on the penalty and the estimate, and swings of the estimate, mean something only then.
        keys: the configuration keys that apply to this architecture but not to all.
        alike: keys that a model must share for a run to start from its weights, besides those for all architectures.
        anew: beginnings of the names of the generator's weights that begin anew all the same: those of its own clips.
        fewest_clips: fewest training clips, and fewest clips in a batch.
        shortest_sound: fewest samples of a generated clip at a sample rate; None if it can only generate clips of the
            trained length.
        problem: says in a sentence what is wrong with a configuration's sizes; None if they fit.
        advice: advice that differs from the usual advice.
        conditions: whether it learns from each clip's speed and load, and can be driven by them.
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
    anew: tuple[str, ...] = ()
    fewest_clips: int = 1
    shortest_sound: Callable[[int], int] | None = None
    problem: Callable[[Sizes], str | None] = no_limits
    advice: AdviceOverrides = field(default_factory=AdviceOverrides)
    conditions: bool = False
