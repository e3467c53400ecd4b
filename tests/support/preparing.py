"""Preparing folders of recordings, and what it wrote."""

import csv
from pathlib import Path
from typing import Any

from tests.support.audio import make_config
from wavegan_src.data.prepare.prepare import PrepareSummary, prepare


def run_prepare(raw: Path, out: Path, **options: Any) -> PrepareSummary:
    """Cut with two workers; `section__key` changes the configuration."""
    changes = {key: value for key, value in options.items() if "__" in key}
    rest = {key: value for key, value in options.items() if "__" not in key}
    config = make_config(raw, raw.parent / "cache", **changes)
    return prepare(raw, out, config.audio, config.dataset, 42, rest.pop("workers", 2), **rest)


def manifest(out: Path) -> list[dict[str, str]]:
    """Rows of the manifest."""
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def clip_paths(out: Path) -> set[str]:
    """Names of the clips, relative to the folder."""
    return {path.relative_to(out).as_posix() for path in out.rglob("*.wav")}
