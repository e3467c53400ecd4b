"""The commands that are killed, what they start from, and what they must come to."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.audio import tree_bytes
from tests.support.runs import TINY_RATE, everything, tiny, write_recordings
from wavegan_src.run.folder import RunFolder

CLIPS = 12
CONFIG = "run.json"
EVALUATE = ("--sample-rate", str(TINY_RATE), "--seconds", "0.5", "--count", "8", "--measures", "kad,order_spectrum")
Result = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A command.

    Attributes:
        command: its arguments, in a folder made by `make_inputs`.
        result: everything that it came to, in that folder; the same whether it was killed or not.
    """

    name: str
    command: tuple[str, ...]
    result: Callable[[Path], Result]


def make_inputs(folder: Path, train: Callable[[Path], None]) -> Path:
    """What all scenarios start from: recordings, a configuration, and a trained run with clips.

    Args:
        folder: to be made.
        train: trains the run `trained` and generates from it, in that folder.
    """
    folder.mkdir(parents=True)
    (folder / "tmp").mkdir()
    write_recordings(folder / "raw")
    values = tiny(Path("raw"), Path("run"))
    values["training"] |= {"epochs": 4, "num_workers": 2}
    values["output"]["checkpoint_interval_epochs"] = 1
    (folder / CONFIG).write_text(json.dumps(values))
    train(folder)
    shutil.rmtree(folder / "cache")
    return folder


TRAINED = (("--config", CONFIG, "--output-dir", "trained", "--epochs", "1"),
           ("--config", CONFIG, "--output-dir", "trained", "--generate-only", "8"))  # fmt: skip


def _trained(folder: Path) -> Result:
    run = everything(RunFolder(folder / "run"))
    names = sorted(path.relative_to(folder).as_posix() for path in (folder / "run").rglob("*"))
    return {**run, "names": names, "cache": _cache(folder)}


def _cache(folder: Path) -> Result:
    """The decoded clips; results of measures are kept under names that say what they are of."""
    return tree_bytes(folder / "cache")


def _evaluated(folder: Path) -> Result:
    found = json.loads((folder / "judged" / "evaluation.json").read_bytes())
    found.pop("seconds")
    names = sorted(path.name for path in (folder / "judged").iterdir())  # the page has the date
    return {"evaluation.json": found, "names": names, "cache": _cache(folder)}


SCENARIOS = (
    Scenario("train", ("--config", CONFIG), _trained),
    Scenario("prepare", ("prepare", "raw", "out", "--config", CONFIG), lambda folder: tree_bytes(folder / "out")),
    Scenario("cache", ("open", CONFIG), _cache),
    Scenario(
        "generate",
        ("--config", CONFIG, "--output-dir", "trained", "--generate-only", str(CLIPS), "--seed", "3"),
        lambda folder: tree_bytes(folder / "trained" / "generated"),
    ),
    Scenario(
        "evaluate",
        ("evaluate", "--real", "raw", "--generated", "trained/generated", "--out", "judged", *EVALUATE),
        _evaluated,
    ),
    Scenario("synth", ("synth", "set", "--count", "4", "--seconds", "0.2"), lambda folder: tree_bytes(folder / "set")),
)
