"""The output folder of a run: its file names, its lock against a second process, and renaming an old run."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from wavegan_src.run.marker import Kind, mark_folder
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import hold_lock, make_own_folder, remove_partials

MOST_DIGITS = 18  # of a number in a file's name
GENERATED_TABLE = "generated.csv"  # in `generated/`: what each clip there is


def number_in(prefix: str, name: str) -> int | None:
    """The number after a prefix that a file's name consists of; None for other names, such as a user's own copy."""
    digits = name.removeprefix(prefix)
    ours = name.startswith(prefix) and digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) if ours else None


@dataclass(frozen=True)
class RunFolder:
    """Paths below `output.output_dir`. Nothing is created until `create`."""

    root: Path

    @property
    def statistics(self) -> Path:
        """Folder of the statistics over the whole run."""
        return self.root / "epochs_statistics"

    @property
    def epoch_csv(self) -> Path:
        """One row per epoch."""
        return self.statistics / "epoch_statistics.csv"

    @property
    def checkpoint_csv(self) -> Path:
        """One row per checkpoint: the measures of quality."""
        return self.statistics / "checkpoint_metrics.csv"

    @property
    def resource_csv(self) -> Path:
        """One row per epoch: processor, memory and disk."""
        return self.statistics / "resources.csv"

    @property
    def gpu_csv(self) -> Path:
        """One row per epoch and GPU, on a machine that has some."""
        return self.statistics / "gpus.csv"

    @property
    def profile_csv(self) -> Path:
        """One row per epoch: where its time went."""
        return self.statistics / "time_profile.csv"

    @property
    def traces(self) -> Path:
        """Folder of the traces of PyTorch's profiler."""
        return self.root / "profiles"

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's event files."""
        return self.root / "tensorboard"

    @property
    def events(self) -> Path:
        """A line for each start, resumption, stop, pause and warning."""
        return self.statistics / "events.jsonl"

    @property
    def config_snapshot(self) -> Path:
        """The configuration that the run uses."""
        return self.statistics / "experiment_config.json"

    @property
    def run_record(self) -> Path:
        """Which process is training, or how the last one ended."""
        return self.statistics / "run_record.json"

    @property
    def checkpoints(self) -> Path:
        """Folder of the `.tar` files."""
        return self.root / "checkpoints"

    @property
    def iterations(self) -> Path:
        """Folder of the per-epoch folders of iteration rows."""
        return self.root / "single_epochs_statistics"

    def iterations_csv(self, epoch: int) -> Path:
        """Iteration rows of one epoch (counted from 1)."""
        return self.iterations / f"epoch_{epoch}" / f"epoch_{epoch}_iterations.csv"

    @property
    def plots(self) -> Path:
        """Folder of the plots."""
        return self.root / "plots"

    @property
    def samples(self) -> Path:
        """Folder of clips rendered during training, and a few real ones."""
        return self.root / "samples"

    @property
    def generated(self) -> Path:
        """Folder of the clips that `--generate-only` writes."""
        return self.root / "generated"

    @property
    def report(self) -> Path:
        """The report, a self-contained page."""
        return self.root / "report.html"

    def create(self) -> None:
        """Make the folders that training writes to.

        Raises:
            UserError: one of them is a link, or cannot be made.
        """
        with os_errors_as_user_errors(self.root, what="the output folder", cure="choose another --output-dir"):
            make_own_folder(self.root)
            mark_folder(self.root, Kind.RUN)
            for folder in (self.statistics, self.checkpoints, self.iterations, self.plots, self.samples):
                make_own_folder(self.root, folder.name)
            mark_folder(self.samples, Kind.SAMPLES)

    def lock(self) -> AbstractContextManager[object]:
        """Hold the folder for this process from now until the `with` ends.

        Raises:
            UserError: another process holds it.
        """
        return hold_lock(
            self.root / ".lock",
            f"Another process is training in {self.root}. Wait for it, or choose another --output-dir.",
        )

    def check_place(self) -> None:
        """Check that nothing else is in the folder's place.

        Raises:
            UserError: a file, a pipe or a device is.
        """
        if self.root.exists() and not self.root.is_dir():
            raise UserError(f"{self.root} is no folder: choose another --output-dir.")

    def check_movable(self) -> None:
        """Check that `set_aside` may rename the folder; a folder that does not exist passes.

        Raises:
            UserError: a process is training in it, it contains the working folder, or it is not the folder of a run.
        """
        self.check_place()
        if not self.root.exists():
            return
        root = self.root.resolve()
        if root in (Path.cwd(), *Path.cwd().parents):
            raise UserError(
                f"--fresh cannot rename {root}, which contains the working folder: choose another --output-dir."
            )
        if any(root.iterdir()) and not self._is_ours():
            raise UserError(
                f"--fresh renames only the folders of runs, and {self.root} is not one: choose another --output-dir."
            )
        with self.lock():
            pass  # nobody is training in it

    def _is_ours(self) -> bool:
        """Whether a run has started here, or clips were generated here."""
        traces = (self.config_snapshot, self.checkpoints, self.generated / GENERATED_TABLE)
        return any(trace.exists() for trace in traces)

    def set_aside(self) -> Path | None:
        """Rename an existing folder to the first free `NAME.old-K`; returns the new path, None if there was none.

        Raises:
            UserError: as `check_movable`, or it cannot be renamed.
        """
        self.check_movable()
        if not self.root.exists():
            return None
        number = 1
        while (target := self.root.with_name(f"{self.root.resolve().name}.old-{number}")).exists():
            number += 1
        try:
            self.root.rename(target)
        except OSError as error:
            raise UserError(f"{self.root} cannot be renamed to {target.name}: {error.strerror}.") from error
        return target

    def remove_partial_files(self) -> None:
        """Delete what interrupted writes left in the folders that training writes to; the lock must be held."""
        for folder in (self.statistics, self.checkpoints, self.plots, self.samples, self.traces):
            if not folder.is_symlink():
                remove_partials(folder, held=True)
        remove_partials(self.root, held=False)  # `report` writes there, without the lock

    def real_samples(self) -> list[Path]:
        """The training clips that were written for comparison."""
        return sorted([*self.samples.glob("real_*.wav"), *self.samples.glob("procedural_stand_in_*.wav")])

    def newest_samples(self) -> list[Path]:
        """The rendered clips of the latest epoch that has any."""
        by_epoch: dict[int, list[Path]] = {}
        for path in sorted(self.samples.glob("epoch_*.wav")):
            if (epoch := number_in("epoch_", "_".join(path.stem.split("_")[:2]))) is not None:
                by_epoch.setdefault(epoch, []).append(path)
        return by_epoch[max(by_epoch)] if by_epoch else []
