"""What every case starts from: a small trained run and its recordings, made once; and what a case may do."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import soundfile
from matplotlib.figure import Figure

from tests.support.cli import Completed, run_here
from tests.support.pictures import DRAW_PLOTS, draw_blank, save_blank
from tests.support.runs import TINY_RATE, Values, tiny

Random = np.random.Generator
CONFIG = "c.json"


@dataclass(frozen=True)
class Case:
    """One case at work.

    Attributes:
        random: its only source of chance.
        folder: its own folder, a copy of the base.
    """

    random: Random
    folder: Path

    def run(self, *arguments: str) -> Completed:
        """Run the command line in the case's folder."""
        return run_here(*arguments, cwd=self.folder)

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return bool(self.random.random() < share)

    def pick(self, *choices: str) -> str:
        """One of the choices."""
        return choices[int(self.random.integers(len(choices)))]


Kind = Callable[[Case], list[Completed]]


def values() -> Values:
    """The configuration of the base: two epochs of a tiny network."""
    found = tiny(Path("raw"), Path("run"))
    found["training"]["epochs"] = 2
    found["output"]["checkpoint_interval_epochs"] = 1
    found["dataset"]["cache_dir"] = "cache"
    return found


def make_base(folder: Path) -> None:
    """Make recordings, a prepared folder, and a run of one epoch."""
    random = np.random.default_rng(0)
    (folder / "raw").mkdir(parents=True)
    for number in range(4):
        sound = 0.3 * random.standard_normal(TINY_RATE)
        soundfile.write(folder / "raw" / f"engine_{number}.wav", sound, TINY_RATE)
    (folder / CONFIG).write_text(json.dumps(values()))
    for arguments in (("--config", CONFIG, "--epochs", "1"), ("prepare", "raw", "clips", "--config", CONFIG)):
        done = quietly(run_here, *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr


def quietly(run: Callable[..., Completed], *arguments: str, cwd: Path) -> Completed:
    """Run with pictures of one point: drawing would take most of the time."""
    with mock.patch(DRAW_PLOTS, draw_blank), mock.patch.object(Figure, "savefig", save_blank):
        return run(*arguments, cwd=cwd)


def run_case(kind: Kind, name: str, number: int, base: Path, folder: Path) -> list[str]:
    """Run one case in a fresh copy of the base; returns what is wrong, nothing if all is well."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    random = np.random.default_rng([number, *name.encode()])
    with mock.patch(DRAW_PLOTS, draw_blank), mock.patch.object(Figure, "savefig", save_blank):
        done = kind(Case(random, folder))
    return [fault for one in done for fault in faults(one)]


RAW = (
    "Traceback", "[Errno", "<string>", "pydantic", "Value error", "Error :", "0x", "numpy", "please report",
)  # fmt: skip


def faults(done: Completed) -> list[str]:
    """What is wrong with how a command ended: a traceback, or words of a library in its message."""
    command = " ".join(done.args[1:]) if isinstance(done.args, list) else str(done.args)
    ended = "" if done.returncode in (0, 2) else f"exit status {done.returncode}"
    raw = [word for word in RAW if word in done.stderr]
    silent = "no message" if done.returncode == 2 and not done.stderr.strip() else ""
    why = ", ".join(filter(None, [ended, f"says {raw}" if raw else "", silent]))
    return [f"{command}: {why}\n{done.stderr[-1500:]}"] if why else []
