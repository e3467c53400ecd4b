"""Where the time of a run went: shares for a bar, rows for a table."""

import math
from dataclasses import dataclass
from statistics import median

from wavegan_src.metrics import CRITIC_PARTS, PARTS
from wavegan_src.report.reading import Columns

WORDS = {
    "data": "waiting for data",
    "critic": "critic's steps",
    "generator": "generator's steps",
    "log": "figures and rows",
    "evaluation": "evaluation at checkpoints",
    "samples": "rendering samples",
    "checkpoint": "writing checkpoints",
    "plots": "plots and report",
    "rest": "rest",
}
CRITIC_WORDS = {
    "forward": "forward passes",
    "penalty": "gradient penalty",
    "backward": "backward pass",
    "optimiser": "optimiser and gradient norm",
    "all_reduce": "sums over the processes",
}


@dataclass(frozen=True)
class Share:
    """One part of the time.

    Attributes:
        name: in words.
        seconds: over all epochs.
        per_epoch: seconds of the median epoch.
        percent: of the whole.
        colour: index into the page's palette.
    """

    name: str
    seconds: float
    per_epoch: float
    percent: float
    colour: int


def shares(profile: Columns) -> list[Share]:
    """The parts of all epochs' time, in the order of an epoch; empty where none was measured."""
    total = _sum(profile.get("total_seconds", []))
    return _shares(profile, {f"{part}_seconds": WORDS[part] for part in (*PARTS, "rest")}, total)


def critic_shares(profile: Columns) -> list[Share]:
    """The parts of the critic's steps; empty where the steps do not mark them."""
    total = _sum(profile.get("critic_seconds", []))
    found = _shares(profile, {f"critic_{part}_seconds": CRITIC_WORDS[part] for part in CRITIC_PARTS}, total)
    rest = total - sum(share.seconds for share in found)
    if not found or rest <= 0:
        return found
    epochs = len(profile["epoch"])
    return [*found, Share("rest of the step", rest, rest / epochs, 100 * rest / total, len(found))]


def _shares(profile: Columns, names: dict[str, str], total: float) -> list[Share]:
    found = []
    for number, (column, words) in enumerate(names.items()):
        measured = _possible(profile.get(column, []))
        if measured and total > 0:
            seconds = sum(measured)
            found.append(Share(words, seconds, median(measured), 100 * seconds / total, number))
    return found


def _sum(values: list[float]) -> float:
    return sum(_possible(values))


def _possible(values: list[float]) -> list[float]:
    """The values that a clock can have measured."""
    return [value for value in values if math.isfinite(value) and value >= 0]
