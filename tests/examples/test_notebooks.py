"""The notebooks run, the one that trains on fewer clips, and are stored with their pictures and players."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tools.run_notebooks import EXAMPLES, run

NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
MOST_BYTES = 1_500_000
# Less work for the tests, by notebook: what is written, and what takes its place.
SHORTER = {
    "train_and_judge": {
        '"recordings", 24,': '"recordings", 16, workers=1,',
        '"training.epochs": 4': '"training.epochs": 1',
        "range(12)": "range(6)",
    },
}


def output_kinds(notebook: NotebookNode) -> set[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    players = any("<audio" in output.get("data", {}).get("text/html", "") for output in outputs)
    return kinds | ({"player"} if players else set())


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["hear_and_explore", "train_and_judge"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_with_sound_and_pictures(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert {"image/png", "player"} <= output_kinds(notebook)
    numbers = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert numbers == list(range(1, len(numbers) + 1))
    for word in ("/home/", "/tmp/", "/work/", "/root"):
        assert word not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # of the notebook machinery
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    text = path.read_text(encoding="utf-8")
    for written, shorter in SHORTER.get(path.stem, {}).items():
        before, after = (json.dumps(part)[1:-1] for part in (written, shorter))  # in a cell's source
        assert text.count(before) == 1
        text = text.replace(before, after)
    shorter_path = tmp_path / path.name
    shorter_path.write_text(text, encoding="utf-8")
    assert {"image/png", "player"} <= output_kinds(run(shorter_path, tmp_path))
