"""The table of an evaluation in the terminal: each score between its anchors, and its verdict."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wavegan_src.cli.console import say, say_note
from wavegan_src.evaluation.result import ANCHORS, NOISE, REAL, Evaluation, Score
from wavegan_src.metrics import MEASURES
from wavegan_src.utils.format import ABSENT, format_score

WIDE = 150  # in columns: a terminal of at least this width shows all anchors
LEGEND = (
    "Position: 0 % is noise with the average spectrum of real sound (shaped noise), 100 % is real sound against real "
    "sound. Where both anchors score alike, the measure does not discriminate and its score says nothing."
)
_HEADS = {
    "real": "real",
    "nearest_real": "nearest real",
    "phase_randomised": "phases random",
    "shaped_noise": "shaped noise",
    "white_noise": "white noise",
}


def print_evaluation(console: Console, found: Evaluation) -> None:
    """Print the sets, the notices and the table."""
    for line in (found.title, f"Generated: {found.generated}", f"Reference: {found.reference}"):
        say(console, line)
    if found.training is not None:
        say(console, f"Training:  {found.training}")
    for notice in found.notices:
        say_note(console, notice)
    console.print(make_table(found, console.width))
    for name, score in found.scores.items():
        if score.generated.measurement.value is None and not MEASURES[name].part_of:
            say(console, f"{MEASURES[name].title}: {score.words}.")
    for titles, doubt in doubtful(found).items():
        say(console, f"{titles}: {doubt}.")
    say(console, LEGEND)
    if families := measured_families(found):
        told = ", ".join(f"{MEASURES[one.measure].title.lower()} ({format_score(one.value)})" for one in found.told_by)
        say(console, f"Two-sample test: told from real clips by {told or 'nothing, beyond chance'}.")
        console.print(make_family_table(families))


def doubtful(found: Evaluation) -> dict[str, str]:
    """What is in doubt, by the titles of the measures that it concerns."""
    titles: dict[str, list[str]] = {}
    for name, score in found.scores.items():
        if doubt := score.generated.measurement.doubt:
            titles.setdefault(doubt, []).append(MEASURES[name].title)
    return {", ".join(names): doubt for doubt, names in titles.items()}


def make_table(found: Evaluation, width: int) -> Table:
    """One line per measure; a narrow terminal shows only the two anchors that define the position."""
    anchors = ANCHORS if width >= WIDE else (REAL, NOISE)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=0, header_style="bold")
    table.add_column("measure")
    for head in ("score", "95 %", *(_HEADS[anchor] for anchor in anchors), "position"):
        table.add_column(head, justify="right")
    table.add_column("verdict", ratio=1)
    for name, score in found.scores.items():
        if not MEASURES[name].part_of:
            table.add_row(*_row(name, score, anchors))
    return table


def measured_families(found: Evaluation) -> list[Score]:
    """The parts of the two-sample test that have a value, the surest first."""
    families = [one for name, one in found.scores.items() if MEASURES[name].part_of and one.value is not None]
    return sorted(families, key=lambda one: -(one.value or 0.0))


def make_family_table(families: list[Score]) -> Table:
    """One line per family of features, with what the same classifier makes of real recordings."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=0, header_style="bold")
    table.add_column("told apart by")
    for head in ("AUC", "95 %", "real against real"):
        table.add_column(head, justify="right")
    table.add_column("verdict", ratio=1)
    for score in families:
        control = score.anchors[REAL].measurement.value if REAL in score.anchors else None
        cells = [MEASURES[score.measure].title, format_score(score.value), _interval(score), format_score(control)]
        table.add_row(*(Text(cell) for cell in [*cells, short_words(score)]))
    return table


def _row(name: str, score: Score, anchors: tuple[str, ...]) -> list[Text]:
    measure, taken = MEASURES[name], score.generated.measurement
    position = ABSENT if score.position is None or score.discriminates is False else f"{score.position:.0%}"
    failed = f" ({taken.failed} failed)" if taken.failed else ""
    anchored = [score.anchors[anchor].measurement.value if anchor in score.anchors else None for anchor in anchors]
    cells = [
        f"{measure.title} [{measure.unit}]" if measure.unit else measure.title,
        format_score(taken.value),
        _interval(score),
        *map(format_score, anchored),
        position,
        short_words(score) + failed,
    ]
    return [Text(cell) for cell in cells]


def _interval(score: Score) -> str:
    low, high = score.generated.low, score.generated.high
    return ABSENT if low is None or high is None else f"{format_score(low)} … {format_score(high)}"


def short_words(score: Score) -> str:
    """The verdict in a few words; `Score.words` is the whole sentence."""
    if score.generated.measurement.value is None:
        return "not measured, see below"
    if not MEASURES[score.measure].has_position:
        return score.words.partition(":")[0]
    if score.discriminates is False:
        return "does not discriminate here"
    if score.position is None:
        return f"no anchors; {MEASURES[score.measure].direction}"
    if score.position < 0:
        return "worse than shaped noise"
    return "like real sound" if score.position >= 1 else "between noise and real sound"
