"""What a killed command may leave, and what a finished one may not."""

import json
import wave
import zipfile
from pathlib import Path

import numpy as np

from wavegan_src.checkpoints import read_checkpoint
from wavegan_src.utils.csv_log import read_cells
from wavegan_src.utils.errors import UserError

PASSING = (".partial", ".part")  # of files and folders that are not finished


def damaged(folder: Path) -> list[str]:
    """Files that are neither whole nor marked as unfinished by their name."""
    return [str(path.relative_to(folder)) for path in _finished(folder) if not _is_whole(path)]


def leftovers(folder: Path) -> list[str]:
    """Unfinished and temporary files and folders."""
    marked = [path for path in folder.rglob("*") if path.name.endswith(PASSING)]
    return sorted(str(path.relative_to(folder)) for path in [*marked, *(folder / "tmp").iterdir()])


def _finished(folder: Path) -> list[Path]:
    def passing(path: Path) -> bool:
        names = path.relative_to(folder).parts
        # The recordings are not ours; `prepare` cuts clips in a folder of its own; labels mark a whole set of `synth`.
        return any(name.endswith(PASSING) or name in ("parts", "tmp", "set", "raw") for name in names)

    return [path for path in folder.rglob("*") if path.is_file() and not passing(path)]


def _is_whole(path: Path) -> bool:
    try:
        match path.suffix:
            case ".tar":
                read_checkpoint(path)
            case ".wav":
                with wave.open(str(path)) as sound:
                    return bool(path.stat().st_size == 44 + 2 * sound.getnframes())
            case ".json":
                json.loads(path.read_bytes())
            case ".npz" | ".npy":
                np.load(path)
            case ".csv":
                return read_cells(path).damaged == 0
            case ".html":
                return path.read_text().rstrip().endswith("</html>")
    except (OSError, ValueError, RuntimeError, EOFError, wave.Error, UserError, zipfile.BadZipFile):
        return False
    return True
