"""Whole sets of synthesised clips: balanced, repeatable, in memory or on disk."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan_src.data.audio_files import write_wav
from wavegan_src.data.synth.engines import CLASSES, STATES
from wavegan_src.data.synth.labels import EngineLabels
from wavegan_src.data.synth.render import check_numbers, render
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import PARTIAL_SUFFIX, write_text_atomically
from wavegan_src.utils.parallel import ordered_map, processes

SYNTH_VERSION: int = 3  # increase it when the sound changes: caches of synthesised clips are keyed by it

NAME_PREFIX = "procedural_"
LABELS_FILE = "labels.jsonl"
README_FILE = "README.txt"
SEED_STRIDE = 1_000_003  # sets of different seeds share no clip below this many
LOOK_AHEAD = 4  # clips in flight per worker

_LAST_AND_FIRST = rf"{re.escape(LABELS_FILE)}|{re.escape(README_FILE)}"
_PARTIAL = re.compile(rf"(\.({_LAST_AND_FIRST})\.\d+-\d+|{_LAST_AND_FIRST}){re.escape(PARTIAL_SUFFIX)}")
_OUR_NAMES = re.compile(
    rf"{NAME_PREFIX}\d{{5,}}_({'|'.join(CLASSES)})_({'|'.join(STATES)})\.wav|{_LAST_AND_FIRST}|{_PARTIAL.pattern}"
)

Clip = tuple[str, NDArray[np.float32], EngineLabels]

_README = """Procedural stand-in data
========================

These {count} clips were computed from a model of combustion engines (WaveGAN's synthesiser, version {version},
seed {seed}). They are not recordings, and nothing that was recorded went into them. They stand in for recordings in
trials and tests; results on them say nothing about results on real engines.

{labels} holds one JSON object per clip with its exact labels. Sound: {rate} Hz, mono, 16 bit, {seconds:g} s each.
"""


def iter_set(
    count: int, seed: int = 0, sample_rate: int = 22050, seconds: float = 2.0, workers: int = 1
) -> Iterator[Clip]:
    """Synthesise `count` clips, going through all classes and states in turn.

    Args:
        count: 1 or more.
        seed: of the set, 0 or more.
        sample_rate: of the clips, in Hz.
        seconds: length of each clip.
        workers: processes to share the work; neither the order nor any byte depends on it.

    Yields:
        (name, samples of shape (time,) in [-1, 1], labels).

    Raises:
        UserError: a number outside its range.
    """
    _check_count(count)
    if workers < 1:
        raise UserError(f"The number of workers is {workers}: give 1 or more.")
    check_numbers(seed, sample_rate, seconds)
    make = functools.partial(_make, seed=seed, sample_rate=sample_rate, seconds=seconds)
    helpers = workers if workers > 1 else 0  # one is this process itself
    return ordered_map(make, range(count), helpers, ahead=LOOK_AHEAD, executor=processes)


def clip_plan(index: int, seed: int) -> tuple[str, str, int]:
    """Class, state and seed of a set's clip: classes alternate fastest, so that any stretch of 15 is balanced."""
    classes = list(CLASSES)
    state = STATES[index // len(classes) % len(STATES)]
    return classes[index % len(classes)], state, seed * SEED_STRIDE + index


def write_set(
    out: Path,
    count: int,
    seed: int,
    sample_rate: int,
    seconds: float,
    workers: int,
    on_clip: Callable[[str], None] | None,
) -> Path:
    """Write a set as 16-bit mono WAV files with labels.jsonl and a README.txt.

    A previous set in `out` is replaced; its README.txt marks it. The labels are written last: a
    folder without them is unfinished.

    Args:
        out: folder to write, made if need be.
        count: number of clips; it and the other arguments up to workers are those of `iter_set`.
        seed: of the set.
        sample_rate: in Hz.
        seconds: length of each clip.
        workers: processes.
        on_clip: called with each clip's name once it is written.

    Returns:
        Path of the labels' file.

    Raises:
        UserError: a number outside its range, a folder with files in it that are not such a set's, or a disk that
            cannot be written.
    """
    clips = iter_set(count, seed, sample_rate, seconds, workers)
    with os_errors_as_user_errors(out, cure="give another folder"):
        _clear(out)
        readme = _README.format(
            count=count, version=SYNTH_VERSION, seed=seed, labels=LABELS_FILE, rate=sample_rate, seconds=seconds
        )
        write_text_atomically(out / README_FILE, readme)
        lines = []
        for name, samples, labels in clips:
            write_wav(out / f"{name}.wav", samples, sample_rate)
            lines.append(json.dumps({"file": f"{name}.wav", **labels.to_json()}) + "\n")
            if on_clip is not None:
                on_clip(name)
        write_text_atomically(out / LABELS_FILE, "".join(lines))
    return out / LABELS_FILE


def _make(index: int, seed: int, sample_rate: int, seconds: float) -> Clip:
    engine_class, state, clip_seed = clip_plan(index, seed)
    samples, labels = render(engine_class, state, clip_seed, sample_rate, seconds)
    return f"{NAME_PREFIX}{index:05d}_{engine_class}_{state}", samples, labels


def _clear(out: Path) -> None:
    """Make the folder and delete a previous set in it, but nothing else."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file: give a folder to write the clips to.")
    out.mkdir(parents=True, exist_ok=True)
    present = sorted(out.iterdir(), key=_removal_order)
    ours = _is_a_set(out)
    names = _OUR_NAMES if ours else _PARTIAL
    foreign = [path.name for path in present if not (path.is_file() and names.fullmatch(path.name))]
    if foreign:
        raise UserError(
            f"{out} holds other files ({', '.join(foreign[:3])}{', ...' if len(foreign) > 3 else ''}): "
            "give a new or empty folder."
        )
    for path in present:
        path.unlink()


def _is_a_set(folder: Path) -> bool:
    """Whether `write_set` made this folder: file names alone would also fit somebody's own labels."""
    readme = folder / README_FILE
    if not readme.is_file():
        return False
    return readme.read_text(encoding="utf-8", errors="replace").startswith(_README.splitlines()[0] + "\n")


def _removal_order(path: Path) -> tuple[int, str]:
    """First what says that the set is whole, last what says that the folder is ours: a removal may be cut short."""
    return {LABELS_FILE: 0, README_FILE: 2}.get(path.name, 1), path.name


def _check_count(count: int) -> None:
    if count <= 0:
        raise UserError(f"The number of clips is {count}: give 1 or more.")
