"""How the other processes get as far as the first one: the same folder, data, networks and counters, checked."""

import time
from collections.abc import Iterator
from pathlib import Path

import torch

from wavegan_src.checkpoints import read_checkpoint
from wavegan_src.data.content_hash import hash_file
from wavegan_src.data.whitening import Whitening
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.models.content import OtherNetworksError
from wavegan_src.models.gan import AnyGAN
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.snapshot import with_whole_paths
from wavegan_src.run.state import RunState, StateError
from wavegan_src.trainer.learner import Learner
from wavegan_src.trainer.state import TrainingRun
from wavegan_src.trainer.together.alike import agree
from wavegan_src.trainer.together.outcome import Beginning
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.processes.torchrun import name_of

SEEN_WITHIN_S = 10.0  # file systems of networks show new files late


def nothing_left() -> Beginning | None:
    """What the first process says instead of how the run begins, if there is nothing left to train."""
    return None


def gather_others(run: TrainingRun, folder: RunFolder, checkpoint: Path | None) -> Iterator[str]:
    """Tell the other processes how the run begins, and wait until they have got as far.

    Args:
        run: restored or started; its configuration is written.
        folder: of the run.
        checkpoint: from which it was restored.

    Yields:
        Warnings of processes that compute otherwise than the first one.

    Raises:
        UserError: one of them cannot take part.
    """
    if run.group.size == 1:
        return
    run.group.from_first(
        lambda: Beginning(
            with_whole_paths(run.config),
            hash_file(folder.config_snapshot),
            None if checkpoint is None else str(checkpoint),
            run.dataset.fingerprint,
        )
    )
    yield from _ready(run.group, None, run.gan)


def join_run(begun: Beginning, device: torch.device, group: Group) -> Learner:
    """Get as far as the first process.

    Raises:
        SaidElsewhereError: this or another process cannot take part, which the first one says.
    """
    try:
        learner = _prepare(begun, device, group)
    except UserError as error:
        agree(group, f"{name_of(group.rank)}: {error}")
        raise
    list(_ready(group, None, learner.gan))
    return learner


def _ready(group: Group, problem: str | None, gan: AnyGAN) -> Iterator[str]:
    agree(group, problem)
    every = group.collect((name_of(group.rank), gan.kernels, list(gan.notes)))
    gan.share_weights()
    for name, kernels, notes in every:
        if kernels != gan.kernels:
            yield f"{name} uses {kernels}, and process 0 {gan.kernels}, which round differently"
        yield from (f"{name}: {note}" for note in notes if note not in gan.notes)


def _prepare(begun: Beginning, device: torch.device, group: Group) -> Learner:
    """The same data, networks and counters.

    Raises:
        UserError: this process sees another folder, other data, or none.
    """
    folder = RunFolder(Path(begun.config.output.output_dir))
    if not _sees(folder.config_snapshot, begun.snapshot):
        raise UserError(
            f"the output folder {folder.root.absolute()} is not the one that the first process writes to. All need one "
            "that they share, on a network drive if they are on several machines: choose it with --output-dir."
        )
    dataset = group.first_on_machine(lambda: open_dataset(begun.config))
    if dataset.fingerprint != begun.fingerprint:
        raise UserError(
            f"{len(dataset.train)} training clips were found here, which are not those of the first process: give "
            "every machine the same recordings."
        )
    learner = Learner(begun.config, dataset, device, group)
    if begun.checkpoint is not None:
        _restore(learner, dataset, Path(begun.checkpoint))
    return learner


def _restore(learner: Learner, dataset: ClipDataset, path: Path) -> None:
    state = read_checkpoint(path)
    if not isinstance(state, RunState):
        raise UserError(f"{path} is no checkpoint of a run.")
    if state.whitening is not None:
        dataset.use_whitening(Whitening.from_tensor(state.whitening))
    try:
        learner.restore_weights(state)
    except (OtherNetworksError, StateError) as error:
        raise UserError(f"{path} cannot be resumed from: {error}.") from error


def _sees(path: Path, wanted: str) -> bool:
    """Whether a file has the content of that hash, now or soon."""
    until = time.monotonic() + SEEN_WITHIN_S
    while True:
        if path.is_file() and hash_file(path) == wanted:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
