"""Shared pieces of the tests: a tiny configuration, a folder of synthetic recordings, and running the command line."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
import torch
from hypothesis import settings
from matplotlib.figure import Figure

from tests.support.cli import Completed, RunCli, run_here, run_process
from tests.support.pictures import DRAW_PLOTS, draw_blank, save_blank
from tests.support.runs import Values, tiny, write_recordings
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config

pytest_plugins = ["tests.support.slow"]

# Networks this small are slower on several threads, and bit-for-bit comparisons need one number for all processes.
torch.set_num_threads(1)

settings.register_profile("untimed", deadline=None, max_examples=50)  # timings belong in benchmarks/
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or fills the user's own cache of decoded clips; the workers of a session share one."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with mock.patch.dict(os.environ, WAVEGAN_CACHE=str(shared / "cache")):
        yield


@pytest.fixture(autouse=True)
def _blank_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG files are one point, except where a test looks at them."""
    if request.node.get_closest_marker("draws") is None:
        monkeypatch.setattr(DRAW_PLOTS, draw_blank)
        monkeypatch.setattr(Figure, "savefig", save_blank)


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    """Tests that draw from PyTorch's global generator draw the same numbers every time."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight recordings of 2.2 s: pulse trains of different rates in noise."""
    folder = tmp_path_factory.mktemp("recordings")
    write_recordings(folder)
    return folder


@pytest.fixture(scope="session")
def few_recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four of them, of 1.2 s: for runs whose steps cost more, and tests that need no more than a step or two."""
    folder = tmp_path_factory.mktemp("few")
    write_recordings(folder, 4, 1.2)
    return folder


@pytest.fixture
def tiny_values(recordings: Path, tmp_path: Path) -> Values:
    """Raw values of a configuration that trains an epoch in a fraction of a second."""
    return tiny(recordings, tmp_path / "run")


@pytest.fixture(scope="session")
def trained(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `c.json`, and `run` after the one epoch that it asks for. It is shared: copy it to change it."""
    folder = tmp_path_factory.mktemp("trained")
    values = tiny(recordings, Path("run"))
    values["training"]["epochs"] = 1
    (folder / "c.json").write_text(json.dumps(values))
    with mock.patch(DRAW_PLOTS, draw_blank):
        done = run_here("--config", "c.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def tiny_config(tiny_values: Values) -> Config:
    """The typed form of `tiny_values`."""
    return validate(tiny_values, source="test")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that other users may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def cli(tmp_path: Path) -> RunCli:
    """Run `python WaveGAN.py ...` in a folder of its own, as a user does, but without starting a process."""

    def run(*arguments: str, cwd: Path = tmp_path) -> Completed:
        return run_here(*arguments, cwd=cwd)

    return run


@pytest.fixture
def cli_process(tmp_path: Path) -> RunCli:
    """The same in a process of its own, seconds dearer."""

    def run(*arguments: str, cwd: Path = tmp_path) -> Completed:
        return run_process(*arguments, cwd=cwd)

    return run
