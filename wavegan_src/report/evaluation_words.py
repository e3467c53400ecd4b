"""Scores in words, for the page of an evaluation."""

from wavegan_src.evaluation.result import ANCHORS, Bounded, Evaluation, Score
from wavegan_src.metrics import MEASURES
from wavegan_src.utils.format import format_score

GENERATED = "generated"
LABELS = {
    GENERATED: "generated",
    "real": "real",
    "nearest_real": "nearest real",
    "phase_randomised": "phase-randomised",
    "shaped_noise": "shaped noise",
    "white_noise": "white noise",
}
NOT_MEASURED = "not measured"


def label(name: str) -> str:
    """What a drawing calls the generated clips or an anchor."""
    return LABELS.get(name, name.replace("_", " "))


def rows(score: Score) -> list[tuple[str, Bounded]]:
    """The generated clips and then the anchors by name, in the order in which they are shown."""
    known = [name for name in ANCHORS if name in score.anchors]
    others = [name for name in score.anchors if name not in ANCHORS]
    return [(GENERATED, score.generated), *((name, score.anchors[name]) for name in [*known, *others])]


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def value_text(bounded: Bounded) -> str:
    """A score's value, or that there is none."""
    value = bounded.measurement.value
    return NOT_MEASURED if value is None else format_score(value)


def interval_text(bounded: Bounded) -> str:
    """The 95 % interval of a score; empty where there is none."""
    interval = bounded.interval
    return "" if interval is None else f"{format_score(interval.low)} to {format_score(interval.high)}"


def full_text(bounded: Bounded) -> str:
    """Value and interval, or the reason why there is no value."""
    if bounded.measurement.value is None:
        return f"{NOT_MEASURED} ({bounded.measurement.reason})"
    interval = interval_text(bounded)
    return value_text(bounded) + (f" (95 % interval {interval})" if interval else "")


def position_text(score: Score) -> str:
    """The position in percent; empty if it means nothing."""
    if score.position is None or score.discriminates is False:
        return ""
    return f"{100 * score.position:.0f} %".replace("-", "−")


def describe(score: Score) -> str:
    """A drawing in words, for screen readers."""
    measure = MEASURES[score.measure]
    unit = f" in {measure.unit}" if measure.unit else ""
    lines = "; ".join(f"{label(name)}: {full_text(bounded)}" for name, bounded in rows(score))
    return f"{measure.title}{unit} on one axis, {measure.direction}. {lines}."


def counts(evaluation: Evaluation) -> str:
    """How many clips were measured."""
    taken = [score.generated.measurement for score in evaluation.scores.values()]
    generated = max((one.n + one.failed for one in taken), default=0)
    reference = max((one.n_reference for one in taken), default=0)
    if not generated:
        return "none"
    return f"up to {generated} generated" + (f", against up to {reference} real ones" if reference else "")
