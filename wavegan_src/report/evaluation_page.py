"""`evaluation.html`: one self-contained page of an evaluation, to read on any screen and to hear."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader

from wavegan_src.evaluation.measures.catalogue import CATALOGUE, Entry
from wavegan_src.evaluation.result import Evaluation, Score
from wavegan_src.report.evaluation_drawing import lay_out
from wavegan_src.report.evaluation_sounds import loudest_level, pairs
from wavegan_src.report.evaluation_svg import drawing_svg, position_bar
from wavegan_src.report.evaluation_words import (
    DIRECTIONS,
    counts,
    describe,
    interval_text,
    label,
    position_text,
    rows,
    sentence,
    value_text,
)
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.format import format_score


@dataclass(frozen=True)
class Line:
    """One measure as the template writes it.

    Attributes:
        key: in the catalogue.
        entry: the measure's line of the catalogue.
        score: itself.
        direction: which way is better, in words.
        value, interval: of the generated clips, as text; the interval is empty where there is none.
        position: in percent, as text; empty where it means nothing.
        bar: the position as SVG, or None.
        drawing: the score between its anchors as SVG, or None where nothing was measured.
        figures: name, value, interval, and reason of absence: what the drawing shows, as text.
    """

    key: str
    entry: Entry
    score: Score
    direction: str
    value: str
    interval: str
    position: str
    bar: str | None
    drawing: str | None
    figures: list[tuple[str, str, str, str]]


def write_page(path: Path, evaluation: Evaluation) -> None:
    """Write the page of an evaluation.

    Raises:
        OSError: the page cannot be written.
    """
    views = [*evaluation.worst, *evaluation.best]
    top = loudest_level(views)
    template = Environment(
        loader=PackageLoader("wavegan_src.report", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template("evaluation.html")
    page = template.render(
        evaluation=evaluation,
        counts=counts(evaluation),
        lines=[_line(key, score) for key, score in evaluation.scores.items()],
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
    # Names of files that are not UTF-8 hold lone surrogates, which no page can.
    write_text_atomically(path, page.encode("utf-8", "replace").decode())


def _line(key: str, score: Score) -> Line:
    entry, position, drawing = CATALOGUE[score.measure], position_text(score), lay_out(score)
    return Line(
        key=key,
        entry=entry,
        score=score,
        direction=DIRECTIONS[entry.better],
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
