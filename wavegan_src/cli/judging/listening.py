"""Implements `listening-test`: folders of clips to a page, and files of answers to a table, a picture and figures."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from wavegan_src.cli.console import SteadyConsole, say, say_note
from wavegan_src.evaluation.inputs.folder_sets import read_sets
from wavegan_src.evaluation.listening.analysis import Analysis, analyse
from wavegan_src.evaluation.listening.answers import read_answers
from wavegan_src.evaluation.listening.design import make_design
from wavegan_src.evaluation.listening.page import write_page
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_folder, write_text_atomically
from wavegan_src.utils.format import format_size
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import rich_progress

PAGE_NAME = "listening_test.html"
RESULTS_NAME, PICTURE_NAME = "listening_results.json", "listening_results.png"
FEWEST_FOLDERS = 2


@dataclass(frozen=True)
class Request:
    """The options of `listening-test`."""

    paths: list[Path]
    analyse: bool
    out: Path
    trials: int
    abx: int
    seed: int
    title: str
    sample_rate: int
    seconds: float


def run(request: Request) -> None:
    """Write the page, or analyse answers."""
    console = SteadyConsole()
    if request.analyse:
        _analyse(console, request)
    else:
        _write(console, request)


def _write(console: Console, request: Request) -> None:
    if len(request.paths) < FEWEST_FOLDERS:
        raise UserError(
            "A listening test needs a folder of real clips and one or more of generated clips: "
            f"{program()} listening-test REAL GENERATED."
        )
    make_folder(request.out, what="the folder", cure="choose another with --out")
    real, *others = read_sets(request.paths, request.sample_rate, request.seconds, rich_progress)
    for notice in [notice for folder in (real, *others) for notice in folder.notices]:
        say_note(console, notice)
    systems = {name: folder.clips for name, folder in zip(_names(request.paths[1:]), others, strict=True)}
    design = make_design(
        real.clips, systems, request.sample_rate, trials=request.trials, abx_trials=request.abx, seed=request.seed
    )
    page = request.out / PAGE_NAME
    write_page(page, design, request.title)
    say(
        console,
        f"{page} ({format_size(page.stat().st_size)}) has {len(design.ratings)} rating and {len(design.abx)} ABX "
        "trials. Open it in a browser, or send it: it needs no network, and saves a file of answers at the end.",
    )
    say(console, f"Then: {program()} listening-test --analyse ANSWERS.json ... --out {request.out}")


def _names(paths: list[Path]) -> list[str]:
    """A short name for each set, its folder's where that is enough."""
    names = [path.resolve().name or str(path) for path in paths]
    return [name if names.count(name) == 1 else str(path) for name, path in zip(names, paths, strict=True)]


def _analyse(console: Console, request: Request) -> None:
    from wavegan_src.evaluation.listening.plot import save_figure  # noqa: PLC0415 - loads the plotting library

    found = analyse(read_answers(request.paths), request.seed)
    make_folder(request.out, what="the folder", cure="choose another with --out")
    text = json.dumps(dataclasses.asdict(found), allow_nan=False, indent=2, ensure_ascii=False)
    write_text_atomically(request.out / RESULTS_NAME, text + "\n")
    save_figure(request.out / PICTURE_NAME, found)
    for line in summary(found):
        say(console, line)
    if found.conditions:
        console.print(score_table(found))
    if found.abx:
        console.print(abx_table(found))
    say(console, f"{request.out / PICTURE_NAME} shows this; the figures are in {request.out / RESULTS_NAME}.")


def summary(found: Analysis) -> list[str]:
    """Who listened, who is left out, and what the intervals are over."""
    lines = [f"{found.title}: {len(found.listeners)} listeners."]
    lines += [
        f"Left out: {one.listener}, who rated the hidden reference below 90 in {one.missed} of {one.trials} trials."
        for one in found.excluded
    ]
    if found.excluded and not found.conditions:
        lines.append("So nobody is left whose scores count.")
    if found.conditions:
        basis = "listeners and trials" if found.over_listeners else "trials only, for fewer than 3 listeners"
        lines.append(f"Intervals are 95 % by bootstrap over {basis}.")
    return lines


def score_table(found: Analysis) -> Table:
    """A line for each condition."""
    table = Table("sound", box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for head in ("mean score", "95 %", "scores"):
        table.add_column(head, justify="right")
    for one in found.conditions:
        table.add_row(one.condition, f"{one.mean:.1f}", f"{one.low:.1f} … {one.high:.1f}", str(one.scores))
    return table


def abx_table(found: Analysis) -> Table:
    """A line for each set."""
    table = Table("ABX against real", box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for head in ("right", "95 %", "p (guessing)"):
        table.add_column(head, justify="right")
    for one in found.abx:
        share = f"{one.right} of {one.answers}"
        table.add_row(one.system, share, f"{100 * one.low:.0f} … {100 * one.high:.0f} %", f"{one.p:.2g}")
    return table
