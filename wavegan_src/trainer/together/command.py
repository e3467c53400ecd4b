"""Commands beside training whose work the processes share: the first one works and deals out pieces of it."""

import signal
from collections.abc import Callable

from wavegan_src.config_schema import TrainingConfig
from wavegan_src.generation.model import Lent
from wavegan_src.trainer.together.alike import check_program
from wavegan_src.utils.device import configure
from wavegan_src.utils.parallel import available_cores, shared_processes
from wavegan_src.utils.processes.sharing import sharing
from wavegan_src.utils.processes.torchrun import launch

RESUMES = "the command ends. The files that it has written are complete: give it again for the rest"


def work_together(training: TrainingConfig, work: Callable[[], object], workers: int | None = None) -> None:
    """Do the work of a command in the first process, for which the others render, embed and measure.

    Args:
        training: the device.
        work: what `sharers` are for.
        workers: of each process, for measures; see `workers_each`.

    Raises:
        UserError: the processes cannot work together.
    """
    started = launch()
    if started is None:
        work()
        return
    from wavegan_src.utils.processes.ranks import device_of, joined  # noqa: PLC0415  (one process exchanges nothing)

    device = device_of(started, training.device)
    configure(device, training.deterministic)
    with joined(started, device, RESUMES) as group:
        check_program(group)

        def deal() -> None:
            with sharing(group):
                work()

        if not group.is_first:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one is told as well, and decides
        with shared_processes(workers):
            group.from_first(deal, Lent(device))


def workers_each(asked: int | None) -> int | None:
    """Worker processes of each process that `torchrun` started, from `--workers`; all use each core of a machine once.

    None means one per core.
    """
    started = launch()
    if started is None or asked is not None:
        return asked
    return max(1, available_cores() // started.on_this_machine)
