"""What the critic's figures are called where people read them: the two architectures' objectives mean different things.

The columns of the tables have one name for both (`wasserstein_estimate`, `gradient_penalty`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

WAVEGAN, ENGINE = "wavegan", "engine"  # values of `model.architecture`


@dataclass(frozen=True)
class CriticTerms:
    """Names and explanations.

    Attributes:
        estimate: of the difference of the critic's mean scores.
        share: the same as what a gap is a share of.
        estimate_about: how it is read.
        losses_unit, losses_about: of the losses.
        penalty: what the gradient penalty is.
        penalty_about: how it is read.
    """

    estimate: str
    share: str
    estimate_about: str
    losses_unit: str
    losses_about: str
    penalty: str
    penalty_about: str


_WASSERSTEIN = CriticTerms(
    estimate="Wasserstein estimate",
    share="its Wasserstein estimate",
    estimate_about="Rises while the critic learns, then should fall slowly. Its scale means nothing.",
    losses_unit="critic's units",
    losses_about="",
    penalty="E[(‖∇D‖ − 1)²]",
    penalty_about="",
)
_RELATIVISTIC = CriticTerms(
    estimate="score difference",
    share="the difference between its scores of real and generated clips",
    estimate_about="How much higher the critic scores real clips than generated ones. It is no distance: it may rise "
    "while the sound gets better.",
    losses_unit="",
    losses_about="The generator's holds the energy distance as well, which does not go to 0.",
    penalty="(R1 + R2) / 2",
    penalty_about="Half the mean squares of the critic's slope at real and at generated clips.",
)


def critic_terms(architecture: str) -> CriticTerms:
    """The words for a `model.architecture`."""
    return _RELATIVISTIC if architecture == ENGINE else _WASSERSTEIN


def architecture_of(config: Mapping[str, object]) -> str:
    """What a run's snapshot tells, however damaged; runs from before there were two have the paper's."""
    model = config.get("model")
    return ENGINE if isinstance(model, Mapping) and model.get("architecture") == ENGINE else WAVEGAN
