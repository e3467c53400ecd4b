"""`evaluation.html`: an evaluation as one self-contained page with sound."""

from dataclasses import dataclass
from pathlib import Path

from wavegan_src.evaluation.result import Evaluation, Score, Telling
from wavegan_src.metrics import MEASURES, Measure
from wavegan_src.report.evaluation_drawing import drawing_svg, lay_out, position_bar, profiles_svg, scores_svg
from wavegan_src.report.evaluation_words import (
    counts,
    describe,
    interval_text,
    label,
    position_text,
    rows,
    sentence,
    value_text,
)
from wavegan_src.report.sounds import Pair, loudest_level, pairs
from wavegan_src.report.templates import load_template, save_page
from wavegan_src.utils.format import format_score


@dataclass(frozen=True)
class Line:
    """One measure, ready for the template.

    Attributes:
        key: in the table of measures.
        measure: its line there.
        score: its score.
        value, interval: of the generated clips, as text; the interval is empty where there is none.
        position: in percent, as text; empty where it means nothing.
        bar: the position as SVG, or None.
        drawing: the score between its anchors as SVG, or None where nothing was measured.
        figures: name, value, interval, and reason of absence: what the drawing shows, as text.
    """

    key: str
    measure: Measure
    score: Score
    value: str
    interval: str
    position: str
    bar: str | None
    drawing: str | None
    figures: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Told:
    """A family by which the clips are told: its measure, its drawings as SVG, and clips to hear."""

    measure: Measure
    drawings: list[str]
    pairs: list[Pair]


def write_page(path: Path, evaluation: Evaluation) -> None:
    """Write the page of an evaluation.

    Raises:
        OSError: the page cannot be written.
    """
    views = [*evaluation.worst, *evaluation.best, *(pair for one in evaluation.tellings for pair in one.pairs)]
    top = loudest_level(views)
    page = load_template("evaluation.html").render(
        title=f"Evaluation: {evaluation.title}",
        scripts=False,
        top=top,
        evaluation=evaluation,
        counts=counts(evaluation),
        lines=[_line(key, score) for key, score in evaluation.scores.items() if not MEASURES[key].part_of],
        families=[_line(key, score) for key, score in _families(evaluation)],
        tellings=[_told(telling, evaluation.sample_rate, top) for telling in evaluation.tellings],
        groups=[
            (title, pairs(clips, evaluation.sample_rate, top))
            for title, clips in (
                ("Worst generated clips", evaluation.worst),
                ("Best generated clips", evaluation.best),
            )
        ],
        neighbour="training" if evaluation.training is not None else "reference",
        number=format_score,
        sentence=sentence,
    )
    save_page(path, page)


def _families(evaluation: Evaluation) -> list[tuple[str, Score]]:
    """The parts of the two-sample test that have a value, the surest first."""
    parts = [(key, one) for key, one in evaluation.scores.items() if MEASURES[key].part_of and one.value is not None]
    return sorted(parts, key=lambda item: -(item[1].value or 0.0))


def _told(telling: Telling, rate: int, top: float) -> Told:
    measure = MEASURES[telling.measure]
    drawings = [
        scores_svg(
            list(telling.generated),
            list(telling.real),
            f"{measure.title}: histograms of the classifier's scores of generated and of real clips",
        )
    ]
    if telling.real_profile.shape[1] > 1:
        drawings.append(
            profiles_svg(
                telling.generated_profile.tolist(),
                telling.real_profile.tolist(),
                telling.frequencies.tolist(),
                f"{measure.title}: medians, and 10 % to 90 % quantiles, of each feature of generated and of real clips",
            )
        )
    return Told(measure, drawings, pairs(telling.pairs, rate, top))


def _line(key: str, score: Score) -> Line:
    position, drawing = position_text(score), lay_out(score)
    return Line(
        key=key,
        measure=MEASURES[key],
        score=score,
        value=value_text(score.generated),
        interval=interval_text(score.generated),
        position=position,
        bar=position_bar(score.position, position) if position and score.position is not None else None,
        drawing=None if drawing is None else drawing_svg(drawing, describe(score)),
        figures=[
            (label(name), value_text(bounded), interval_text(bounded), bounded.measurement.reason or "")
            for name, bounded in rows(score)
        ],
    )
