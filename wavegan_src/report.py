"""`report.html`: one self-contained page of a run, or of several side by side, made from the files in their folders."""

from collections.abc import Sequence
from pathlib import Path

from wavegan_src.atomic_files import write_text_atomically
from wavegan_src.errors import UserError
from wavegan_src.run_folder import RunFolder
from wavegan_src.run_report.page import comparison_page, run_page
from wavegan_src.run_report.reading import read_run, with_own_names

COMPARISON_NAME = "comparison.html"


def write_report(folder: RunFolder, out: Path | None = None) -> Path:
    """Write the page with whatever the run has so far; returns its path.

    Raises:
        UserError: there is no run in the folder.
    """
    path = out or folder.report
    _write(path, run_page(read_run(folder.root)))
    return path


def write_comparison(roots: Sequence[Path], out: Path | None = None) -> Path:
    """Write one page of several runs, by default `comparison.html` in the working folder; returns its path.

    Raises:
        UserError: one of the folders holds no run, or two are the same.
    """
    resolved = [root.resolve() for root in roots]
    twice = next((root for root in resolved if resolved.count(root) > 1), None)
    if twice is not None:
        raise UserError(f"{twice} is given twice: name each run once.")
    path = out or Path(COMPARISON_NAME)
    _write(path, comparison_page(with_own_names([read_run(root) for root in roots])))
    return path


def _write(path: Path, page: str) -> None:
    # Names of files that are not UTF-8 hold lone surrogates, which no page can.
    write_text_atomically(path, page.encode("utf-8", "replace").decode())
