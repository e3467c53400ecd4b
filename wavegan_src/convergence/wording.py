"""The words of the verdicts: what was seen, with its figures."""

from wavegan_src.architectures.spec import CriticTerms
from wavegan_src.architectures.table import spec_of
from wavegan_src.convergence.outlook import Outlook
from wavegan_src.convergence.thresholds import (
    COPYING_RATIO,
    ESTIMATE_LIMIT,
    LEAST_GAIN,
    MEMORISING_GAP,
    PENALTY_LIMIT,
    SIGNIFICANCE,
    WINDOW,
)
from wavegan_src.dsp.trends import FEWEST, Trend
from wavegan_src.metrics import FALLBACK_MEASURE, MEASURES
from wavegan_src.utils.format import format_number


def too_early(view: Outlook) -> str:
    """How many checkpoints are missing."""
    needed = FEWEST if view.measured < FEWEST else WINDOW
    what = "a trend takes" if needed == FEWEST else "it takes to call a run without a trend anything"
    return f"{view.measured} of the {needed} checkpoints that {what}"


def blown_up(view: Outlook) -> str:
    """Why the critic's figures mean nothing any more."""
    if view.broken:
        return "a loss or gradient is no finite number"
    is_distance = spec_of(view.architecture).estimates_distance
    if is_distance and view.penalty is not None and view.penalty > PENALTY_LIMIT:
        slope = format_number(1 + view.penalty**0.5)
        return (
            f"the gradient penalty is {format_number(view.penalty)}: the critic's slope is about {slope} where the "
            "loss demands 1, so its estimate is no distance"
        )
    if is_distance and view.estimate is not None and abs(view.estimate) > ESTIMATE_LIMIT:
        size, limit = format_number(view.estimate), format_number(ESTIMATE_LIMIT)
        return f"the Wasserstein estimate is {size}, and no distance between clips can exceed {limit}"
    return f"scores and losses of {format_number(view.score)} leave no digits for telling real from generated"


def collapse(view: Outlook) -> str:
    """How little variety there is."""
    assert view.diversity is not None
    text = f"two generated clips differ by {100 * view.diversity:.0f} % of what two clips of the data differ by"
    if view.diversity_peak is not None and view.diversity < view.diversity_peak / 2:
        text += f", down from {100 * view.diversity_peak:.0f} %"
    return text


def overfitting(view: Outlook) -> str:
    """What is memorised, and that it does not help."""
    parts = []
    if view.gap is not None and view.gap > MEMORISING_GAP:
        grown = view.gap / view.early_gap if view.early_gap is not None and view.early_gap > 0 else 0.0
        how = f"grew {grown:.1f} times, to" if grown > 1 else "is"
        share = f"{100 * view.gap:.0f} % of {_words(view).share}"
        parts.append(f"the critic's gap between training and unseen clips {how} {share}")
    if view.memorisation is not None and view.memorisation < COPYING_RATIO:
        parts.append(
            f"generated clips are {view.memorisation:.2f} times as far from training clips as unseen clips are"
        )
    return f"{' and '.join(parts)}, while {_moved(view, view.quality)}"


def progress(view: Outlook) -> str:
    """What still gets better."""
    if view.measure is None:
        return f"the {_words(view).estimate} {_change(view.wasserstein)}; no quality was measured"
    for found in (view.quality, view.quality_long):
        if found is not None and found.falls(SIGNIFICANCE) and found.change < -LEAST_GAIN:
            return _moved(view, found)
    return f"the {MEASURES[FALLBACK_MEASURE].short} {_change(view.second)}, while {_moved(view, view.quality)}"


def mixed(view: Outlook) -> str:
    """What got worse, and what got better."""
    return f"{_moved(view, view.quality)}, while the {MEASURES[FALLBACK_MEASURE].short} {_change(view.second)}"


def worse(view: Outlook) -> str:
    """How far it is above the best."""
    newest, best = format_number(view.level), format_number(view.best)
    return f"{_moved(view, view.quality)}, to {newest} from {best} in its best epoch"


def swings(view: Outlook) -> str:
    """By how much."""
    estimate = view.wasserstein if spec_of(view.architecture).estimates_distance else None  # else it plays no part
    found = ((_name(view), view.quality), (f"the {_words(view).estimate}", estimate))
    shares = [f"{name} by {100 * one.scatter:.0f} %" for name, one in found if one is not None]
    return f"around their own lines swing {' and '.join(shares)} of their size, without progress"


def level(view: Outlook) -> str:
    """What has stopped moving, and for how long."""
    assert view.quality_long is not None
    assert view.wasserstein_long is not None
    return (
        f"over {view.quality_long.count} checkpoints {_name(view)} is level at "
        f"{format_number(view.quality_long.level)} ({_interval(view.quality_long)}), and the {_words(view).estimate} "
        f"at {format_number(view.wasserstein_long.level)} ({_interval(view.wasserstein_long)})"
    )


def stuck(view: Outlook) -> str:
    """No progress can be shown."""
    if view.measure is None:
        return f"no quality was measured, and the {_words(view).estimate} {_change(view.wasserstein)}"
    ago = f", and the best was {view.since_best} checkpoints ago" if view.since_best > 1 else ""
    return f"no progress: {_moved(view, view.quality)}{ago}"


def _words(view: Outlook) -> CriticTerms:
    return spec_of(view.architecture).terms


def _name(view: Outlook) -> str:
    if view.measure not in MEASURES:
        return view.measure or "the distance"
    name = MEASURES[view.measure].short or MEASURES[view.measure].title
    return name if name.isupper() else f"the {name}"


def _moved(view: Outlook, found: Trend | None) -> str:
    return f"{_name(view)} {_change(found)}"


def _change(found: Trend | None) -> str:
    """ "fell from 52.4 to 33.1 over 10 checkpoints" and, where that may be chance, that it may be."""
    if found is None:
        return "has too few values for a trend"
    if found.start == found.end:
        return f"stayed at {format_number(found.level)} over {found.count} checkpoints"
    verb = "fell" if found.end < found.start else "rose"
    chance = "" if found.p < SIGNIFICANCE else f", which may be chance (p = {found.p:.2f})"
    start, end = format_number(found.start), format_number(found.end)
    return f"{verb} from {start} to {end} over {found.count} checkpoints{chance}"


def _interval(found: Trend) -> str:
    return f"change {100 * found.low:+.0f} to {100 * found.high:+.0f} %"
