"""The rules of the house: how large rooms and files are, and what tests may look at."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

PACKAGE = REPOSITORY / "wavegan_src"
TESTS = REPOSITORY / "tests"
OURS = ("wavegan_src", "wavegan", "benchmarks", "tools")
# What the description of the program names; beside these the top holds at most so many entries.
DESCRIBED = {
    "config.json",
    "config_test.json",
    "config_template.json",
    "config_loader.py",
    "generator.py",
    "discriminator.py",
    "training.py",
    "dataset.py",
    "metrics.py",
    "checkpoints.py",
    "analytics.py",
    "convergence_detector.py",
    "advanced_monitoring.py",
}
MOST_OTHERS = 16
FEWEST_ENTRIES, MOST_ENTRIES = 4, 15
MOST_LINES = 350
# Tests of something that is no module of the same room.
OF_NO_MODULE = {
    "test_layout.py",  # of the repository
    "test_readme.py",
    "test_packaging.py",
    "test_older_runs.py",  # of the whole, on files of earlier versions
    "test_architecture_doc.py",
    "architectures/test_third.py",  # of the whole, with an architecture that the test adds
    "examples/test_notebooks.py",
    "fuzz/test_kinds.py",  # of the whole, with random bad input
    "wavegan/test_import.py",  # of the whole public API, as are the next two
    "wavegan/test_doctests.py",
    "wavegan/test_documentation.py",
    "data/test_real_recordings.py",  # of the whole of `data`, on recordings that are not in the repository
    "evaluation/test_real_clips.py",
    "kill/test_kill.py",  # of commands that are killed
    "distributed/test_same_steps.py",  # of several processes of one run
    "distributed/test_runs.py",
    "distributed/test_commands.py",
    "convergence/test_recorded_runs.py",  # of `convergence_detector`, on runs that were really trained
}
TORCH = ("torch.", "nn.")
PUBLIC_NAMED_TUPLE = {"_replace", "_asdict", "_fields"}


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "__pycache__")


def rooms() -> list[Path]:
    """Every folder of the package that has Python."""
    return sorted({path.parent for path in files(PACKAGE)})


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_the_top_holds_what_the_description_names_and_little_else() -> None:
    top = set(entries(PACKAGE))
    assert top >= DESCRIBED
    assert len(top - DESCRIBED) <= MOST_OTHERS, sorted(top - DESCRIBED)


@pytest.mark.parametrize("room", [room for room in rooms() if room != PACKAGE], ids=name_of)
def test_a_room_is_neither_a_cupboard_nor_a_hall_and_says_what_lives_there(room: Path) -> None:
    found = entries(room)
    assert FEWEST_ENTRIES <= len(found) <= MOST_ENTRIES, found
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text()))


def test_no_folder_of_data_is_a_hall() -> None:
    for folder in PACKAGE.rglob("*"):
        if folder.is_dir() and folder.name != "__pycache__":
            assert len(entries(folder)) <= MOST_ENTRIES, name_of(folder)


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    every = [path for root in ("wavegan_src", "tests", "benchmarks", "tools") for path in files(REPOSITORY / root)]
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in every}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_tests_mirror_the_tree() -> None:
    astray = [
        name
        for path in TESTS.rglob("test_*.py")
        if (name := _relative(path)) not in OF_NO_MODULE and not _has_module(path)
    ]
    assert astray == []
    assert all((TESTS / name).exists() for name in OF_NO_MODULE)


def _relative(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def _has_module(path: Path) -> bool:
    """Whether `test_x.py` or `test_x_of_something.py` has a module or a folder `x` in the room it stands for."""
    parts = path.parent.relative_to(TESTS).parts
    outside = bool(parts) and parts[0] in OURS[1:]
    room = REPOSITORY.joinpath(*parts) if outside else PACKAGE.joinpath(*parts)
    subject = path.stem.removeprefix("test_")
    modules = {entry.stem for entry in room.glob("*") if entry.suffix == ".py" or entry.is_dir()}
    return any(subject == module or subject.startswith(f"{module}_") for module in modules)


@pytest.mark.parametrize("path", files(TESTS), ids=name_of)
def test_tests_share_through_support_and_look_at_nothing_private(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert list(_imports_of_tests(tree)) == []
    assert list(_private_names(tree)) == []


def _imports_of_tests(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (name for name in modules if re.search(r"^tests\b.*\.(test_\w+|conftest)$", name))


def _private_names(tree: ast.Module) -> Iterator[str]:
    """Private names of modules of ours: imported, read as attributes, or given as text to be patched."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in OURS:
            yield from (alias.name for alias in node.names if _is_private(alias.name))
        elif isinstance(node, ast.Attribute) and _is_private(node.attr) and not _is_own(node.value):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".setattr", ".delattr", "patch.object")):
            texts = [given.value for given in node.args if isinstance(given, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and _is_private(text.rpartition(".")[2]))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC_NAMED_TUPLE


def _is_own(value: ast.expr) -> bool:
    """What a class of the tests keeps for itself, and PyTorch's own."""
    return (isinstance(value, ast.Name) and value.id in ("self", "cls")) or ast.unparse(value).startswith(TORCH)
