"""The hidden file that marks a folder as written by this program, so that its sounds are not taken for recordings."""

import contextlib
import json
from enum import StrEnum
from pathlib import Path

from wavegan_src.utils.files import write_bytes_atomically

MARKER = ".wavegan.json"


class Kind(StrEnum):
    """What the program wrote into a folder, in words for messages."""

    RUN = "a run"
    SAMPLES = "samples of a run"
    GENERATED = "generated clips"
    DRIVEN = "driven sounds"
    PREPARED = "prepared clips"
    STAND_IN = "procedural stand-in clips"


def mark_folder(folder: Path, kind: Kind) -> None:
    """Mark a folder that exists as written by this program, if nothing is in it yet: it may be the user's otherwise.

    A marker that cannot be written is no error: what follows it will say what is wrong with the disk.
    """
    text = json.dumps({"written_by": "WaveGAN", "kind": kind.name.lower()}) + "\n"
    with contextlib.suppress(OSError):
        if all(entry.name.startswith(".") and entry.name != MARKER for entry in folder.iterdir()):
            write_bytes_atomically(folder / MARKER, text.encode())
