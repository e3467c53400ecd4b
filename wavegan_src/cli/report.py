"""Implements `report`: writes the page of one run, or one that compares several."""

from collections.abc import Sequence
from pathlib import Path

from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.report.reading import read_run
from wavegan_src.report.run_page import COMPARISON_NAME, write_comparison, write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import remove_partials


def report(roots: Sequence[Path], out: Path | None) -> None:
    """Write the page; print its path and what could not be read."""
    if out is not None and out.is_dir():
        raise UserError(f"--out {out} is a folder: give the name of a file, such as {out / 'report.html'}.")
    if out is not None and out.exists() and not out.is_file():
        raise UserError(f"--out {out} is a pipe or a device, which a page would replace: give the name of a file.")
    console = SteadyConsole()
    for root in roots:
        for problem in read_run(root).problems:
            say(console, f"Warning: {root}: {problem}")
    page = RunFolder(roots[0]).report if len(roots) == 1 else Path(COMPARISON_NAME)
    remove_partials((out or page).parent, held=False)
    path = write_report(RunFolder(roots[0]), out) if len(roots) == 1 else write_comparison(roots, out)
    say(console, str(path))
