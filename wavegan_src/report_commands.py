"""The verb `report`: makes the page of one run, or of several side by side."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from wavegan_src.errors import UserError
from wavegan_src.report import write_comparison, write_report
from wavegan_src.run_folder import RunFolder
from wavegan_src.run_report.reading import read_run


def report(roots: Sequence[Path], out: Path | None) -> None:
    """Write the page, and say where it is and what could not be read."""
    if out is not None and out.is_dir():
        raise UserError(f"--out {out} is a folder: give the name of a file, such as {out / 'report.html'}.")
    console = Console()
    for root in roots:
        for problem in read_run(root).problems:
            console.print(f"Warning: {root}: {problem}", soft_wrap=True, markup=False, highlight=False)
    path = write_report(RunFolder(roots[0]), out) if len(roots) == 1 else write_comparison(roots, out)
    console.print(str(path), soft_wrap=True, markup=False, highlight=False)
