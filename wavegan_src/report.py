"""`report.html`: one self-contained page of a run, made from the files in its folder."""

import base64
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from wavegan_src.atomic_files import write_text_atomically
from wavegan_src.config_loader import RUN_INFO_KEY
from wavegan_src.metrics import read_columns
from wavegan_src.run_folder import RunFolder
from wavegan_src.verdicts import verdicts

PLOTS = (
    ("spectrograms.png", "Spectrograms: clips of the data set above, generated below"),
    ("convergence_analysis.png", "Convergence"),
    ("epoch_loss_curves.png", "Losses"),
    ("gradient_norms.png", "Gradient norms and learning rates"),
)
CLIPS = 8


def write_report(folder: RunFolder) -> Path:
    """Write the page with whatever the run has so far; returns its path."""
    snapshot: dict[str, Any] = json.loads(folder.config_snapshot.read_text(encoding="utf-8"))
    epochs, checkpoints = read_columns(folder.epoch_csv), read_columns(folder.checkpoint_csv)
    procedural = snapshot["dataset"]["source"] == "procedural"
    template = Environment(loader=PackageLoader("wavegan_src", "."), autoescape=True).get_template(
        "report_template.html"
    )
    page = template.render(
        info=snapshot.pop(RUN_INFO_KEY, {}),
        config=snapshot,
        epoch=int(epochs["epoch"][-1]) if epochs else 0,
        verdicts=verdicts(
            epochs, checkpoints, "stand-in" if procedural else "real", snapshot["output"]["primary_measure"]
        ),
        checkpoints=_table(folder.checkpoint_csv),
        plots=[
            (title, _data_uri(folder.plots / name, "image/png"))
            for name, title in PLOTS
            if (folder.plots / name).exists()
        ],
        real=_players(folder.real_samples()),
        generated=_players(folder.newest_samples()),
        procedural=procedural,
    )
    write_text_atomically(folder.report, page)
    return folder.report


def _players(paths: list[Path]) -> list[tuple[str, str]]:
    return [(path.name, _data_uri(path, "audio/wav")) for path in paths[:CLIPS]]


def _data_uri(path: Path, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _table(path: Path, last: int = 20) -> list[list[str]]:
    """Header and the last rows of a CSV file, numbers shortened for reading."""
    if not path.exists():
        return []
    header, *rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    return [header, *([_shorten(cell) for cell in row] for row in rows[-last:])]


def _shorten(cell: str) -> str:
    try:
        return f"{float(cell):.4g}" if "." in cell or "e" in cell else cell
    except ValueError:
        return cell
