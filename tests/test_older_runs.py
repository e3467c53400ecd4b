"""Runs and checkpoints that version 0.1.0 wrote, before states were versioned, resume and generate as they did there.

`tests/fixtures/runs_0.1.0` holds, for either architecture, a run folder after epoch 2, and what 0.1.0 itself went on to
write in epochs 3 and 4 and generated from seed 42 then (with PyTorch's kernels, on one thread).
"""

import csv
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import wavegan.training
from tests.support.paths import FIXTURES
from wavegan_src.checkpoints import read_run_state
from wavegan_src.metrics import TIMING_COLUMNS
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.state import FORMAT_VERSION

OLD = FIXTURES / "runs_0.1.0"
STEP = 1 / 32768  # of 16 bits: another processor may round otherwise


@pytest.fixture(params=["wavegan", "engine"])
def old_run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, RunFolder]:
    monkeypatch.setenv("WAVEGAN_KERNELS", "torch")
    with tarfile.open(OLD / f"{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path / "run", filter="data")
    return request.param, RunFolder(tmp_path / "run")


def configuration(name: str, folder: RunFolder) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((OLD / f"{name}.json").read_text())
    values["training"] |= {"epochs": 4, "device": "cpu"}
    values["output"]["output_dir"] = str(folder.root)
    return values


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k not in TIMING_COLUMNS} for row in csv.DictReader(file)]


def assert_alike(found: list[dict[str, str]], expected: list[dict[str, str]]) -> None:
    """The same cells; numbers to the rounding of float32 sums. Columns that came later stand behind the others."""
    assert [list(row)[: len(other)] for row, other in zip(found, expected, strict=True)] == [
        list(row) for row in expected
    ]
    for one, other in zip(found, expected, strict=True):
        for name, cell in other.items():
            if cell == one[name]:
                continue
            assert float(one[name]) == pytest.approx(float(cell), rel=1e-3, abs=1e-5), name


def test_a_run_goes_on_as_it_did(old_run: tuple[str, RunFolder]) -> None:
    name, folder = old_run
    run = wavegan.training.train(configuration(name, folder))
    assert (run.epoch, run.trained) == (4, True)
    assert_alike(rows(folder.epoch_csv), rows(OLD / f"{name}_epoch_statistics.csv"))
    assert_alike(rows(folder.checkpoint_csv), rows(OLD / f"{name}_checkpoint_metrics.csv"))
    (sample,) = folder.samples.glob("epoch_00004_*01.wav")
    found, expected = (soundfile.read(path)[0] for path in (sample, OLD / f"{name}_sample.wav"))
    np.testing.assert_allclose(found, expected, atol=4 * STEP)
    state = read_run_state(folder.checkpoints / "final_model.tar")
    assert (state.format_version, state.architecture_version) == (FORMAT_VERSION, 1)
