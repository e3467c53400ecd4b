"""Small runs in this process, and all that a run computed, to compare."""

import csv
from pathlib import Path
from typing import Any

from tests.support.states import load_values
from wavegan_src.cli.train import train
from wavegan_src.config_loader import validate
from wavegan_src.metrics import TIMING_COLUMNS
from wavegan_src.run.folder import RunFolder

Values = dict[str, Any]


def run_in_process(values: Values, **overrides: Any) -> RunFolder:
    """Train, or resume, with some keys of `training` (and `output_dir`) changed."""
    config = validate(values, "test")
    config = config.model_copy(
        update={
            "training": config.training.model_copy(update={k: v for k, v in overrides.items() if k != "output_dir"}),
            "output": config.output.model_copy(update={k: v for k, v in overrides.items() if k == "output_dir"}),
        }
    )
    train(config, fresh=False)
    return RunFolder(Path(config.output.output_dir))


def rows(path: Path, without_timing: bool = True) -> list[dict[str, str]]:
    """A table's rows as text."""
    with path.open(newline="") as file:
        return [
            {name: cell for name, cell in row.items() if not (without_timing and name in TIMING_COLUMNS)}
            for row in csv.DictReader(file)
        ]


def everything(folder: RunFolder) -> dict[str, Any]:
    """All that a run computed, by file, without times and dates."""
    result: dict[str, Any] = {}
    for path in sorted(folder.root.rglob("*")):
        name = path.relative_to(folder.root).as_posix()
        if path.suffix == ".csv":
            result[name] = rows(path)
        elif path.suffix == ".wav" and not path.name.startswith("first_minute"):
            result[name] = path.read_bytes()
        elif path.suffix == ".tar":
            state = load_values(path)
            state["log"].pop("seconds")
            state.pop("profile")
            state["config"]["output"].pop("output_dir")
            result[name] = state
    return result
