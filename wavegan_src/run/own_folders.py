"""Folders that this program writes, and recognising them where recordings are searched for.

Each gets a hidden marker file (`marker.py`). Folders of older versions, and copies that lost the marker, are known by
files that only this program writes.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

from wavegan_src.run.folder import GENERATED_TABLE, RunFolder
from wavegan_src.run.marker import MARKER, Kind
from wavegan_src.utils.format import printable
from wavegan_src.utils.reading import open_regular, read_json

OLDEST_RULES, NEWEST_RULES = 1, 2  # dataset.folder_rules
MANIFEST, MANIFEST_START = "manifest.csv", b"clip,recording,split,source,offset_s,"
PREPARE_STATE, SETTINGS = ".prepare", "settings.json"
PREPARE_SETTINGS = f"{PREPARE_STATE}/{SETTINGS}"
GENERATED_START = b"file,seed,to_seed,position,"
STAND_IN_README, STAND_IN_TITLE = "README.txt", "Procedural stand-in data"
MOST_NAMED = 4


def kind_of(folder: Path) -> Kind | None:
    """What the program wrote into a folder; None if it is not one of its folders, or cannot be entered."""
    try:
        return _marked(folder) or _traced(folder)
    except PermissionError:  # reported when its files are opened
        return None


def is_run(folder: Path) -> bool:
    """Whether a run has started in a folder."""
    run = RunFolder(folder)
    try:
        return run.config_snapshot.exists() or (run.statistics.is_dir() and run.checkpoints.is_dir())
    except PermissionError:
        return False


class OwnFolders:
    """The folders below a root that this program wrote. `outside` leaves their files out, `notice` says so.

    The root itself was chosen by the user, so it is read, whatever it is.
    """

    def __init__(self, root: Path, rules: int = NEWEST_RULES, keep: Collection[Kind] = ()) -> None:
        """Prepare for a search below `root`.

        Args:
            root: the folder that is searched.
            rules: dataset.folder_rules.
            keep: kinds that are read all the same.
        """
        self.root = root
        self.left_out: dict[str, Kind] = {}
        self.rules = rules
        self._keep = keep
        self._known: dict[str, tuple[str, Kind | None]] = {"": ("", None)}

    def outside(self, names: Iterable[str]) -> list[str]:
        """The names, relative to the root, of files that lie in none of the program's folders."""
        return [name for name in names if not self._is_left_out(name.rpartition("/")[0])]

    def notice(self) -> str | None:
        """What was left out, as a sentence; None if nothing was, or by rules that did not say so."""
        if not self.left_out or self.rules == OLDEST_RULES:
            return None
        named = [f"{printable(name)} ({kind})" for name, kind in sorted(self.left_out.items())]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        return f"Not taken as recordings, because this program wrote them: {', '.join(named[:MOST_NAMED])}{more}."

    def _is_left_out(self, folder: str) -> bool:
        place, kind = self._place(folder)
        if kind is None or kind in self._keep:
            return False
        self.left_out[place] = kind
        return True

    def _place(self, folder: str) -> tuple[str, Kind | None]:
        """The nearest folder of the program's that a folder is or lies in, and its kind."""
        if folder not in self._known:
            kind = self._kind(folder)
            above = self._place(folder.rpartition("/")[0])
            inside = kind is None or (above[1] is not None and kind not in self._keep)
            self._known[folder] = above if inside else (folder, kind)
        return self._known[folder]

    def _kind(self, folder: str) -> Kind | None:
        path = self.root / folder
        if self.rules == OLDEST_RULES:
            return Kind.RUN if is_run(path) else None
        return kind_of(path)


def _marked(folder: Path) -> Kind | None:
    try:
        values = read_json(folder / MARKER)
        return Kind[str(values["kind"]).upper()]
    except PermissionError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _traced(folder: Path) -> Kind | None:
    """The kind of a folder without a marker, by its characteristic files."""
    if is_run(folder):
        return Kind.RUN
    if is_run(folder.parent):  # only asked where the run's own folder was chosen to be read
        inside = RunFolder(folder.parent)
        kinds = {inside.samples: Kind.SAMPLES, inside.generated: Kind.GENERATED}
        if folder in kinds:
            return kinds[folder]
    if _begins(folder / GENERATED_TABLE, GENERATED_START):
        return Kind.GENERATED
    if _begins(folder / MANIFEST, MANIFEST_START) or (folder / PREPARE_SETTINGS).exists():
        return Kind.PREPARED
    if _begins(folder / STAND_IN_README, STAND_IN_TITLE.encode()):
        return Kind.STAND_IN
    return None


def _begins(path: Path, start: bytes) -> bool:
    try:
        with open_regular(path) as file:
            return file.read(len(start)) == start
    except PermissionError:
        raise
    except OSError:
        return False
