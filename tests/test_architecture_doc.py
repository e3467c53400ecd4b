"""docs/architecture.md shows the tree as it is: what it names exists, and every module is named."""

import re
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "architecture.md"
CODE = ("wavegan_src", "wavegan", "benchmarks", "tools", "tests/support")


def named() -> set[Path]:
    """The paths in the two trees of the page: a name a line, folders end with a slash, two spaces a level."""
    paths: set[Path] = set()
    for tree in re.findall(r"^```\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)[:2]:
        folders: list[str] = []
        for line in tree.splitlines():
            indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
            del folders[len(indent) // 2 :]
            paths.add(Path(*folders, name))
            folders.append(name)
    return paths


def modules() -> set[Path]:
    """Every module of the code but the `__init__.py` of folders, which the tree shows as the folder's own line."""
    found = {path.relative_to(REPOSITORY) for folder in CODE for path in (REPOSITORY / folder).rglob("*.py")}
    return {path.parent if path.name == "__init__.py" else path for path in found}


def test_what_the_tree_names_exists() -> None:
    paths = named()
    assert len(paths) > 150
    assert not {str(path) for path in paths if not (REPOSITORY / path).exists()}


def test_the_tree_names_every_module() -> None:
    assert not {str(path) for path in modules() - named()}


@pytest.mark.parametrize("folder", ["docs", "docs/guide"])
def test_the_tree_names_every_page(folder: str) -> None:
    pages = {path.relative_to(REPOSITORY) for path in (REPOSITORY / folder).glob("*.md")}
    assert not {str(path) for path in pages - named()}
