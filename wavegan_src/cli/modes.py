"""Which options of the main command belong to training, to `--dry-run` and to generating: one table, one refusal.

An option that does nothing in the mode that was asked for is refused, never ignored.
"""

from collections.abc import Collection
from typing import Literal

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.torchrun import refuse_several

Mode = Literal["training", "--dry-run", "generating"]

_EVERY: frozenset[Mode] = frozenset({"training", "--dry-run", "generating"})
_OF_A_RUN: frozenset[Mode] = frozenset({"training", "--dry-run"})
_TRAINING: frozenset[Mode] = frozenset({"training"})
_GENERATING: frozenset[Mode] = frozenset({"generating"})

# By parameter of the main command.
MODES: dict[str, frozenset[Mode]] = {
    "config": _EVERY,
    "data": _EVERY,
    "device": _EVERY,
    "output_dir": _EVERY,
    "seed": _EVERY,
    "version": _EVERY,
    "architecture": _OF_A_RUN,
    "epochs": _OF_A_RUN,
    "batch_size": _OF_A_RUN,
    "learning_rate": _OF_A_RUN,
    "num_workers": _OF_A_RUN,
    "init": _OF_A_RUN,
    "no_early_stopping": _OF_A_RUN,
    "fresh": _OF_A_RUN,
    "tensorboard": _OF_A_RUN,
    "dry_run": frozenset({"--dry-run"}),
    "profile": _TRAINING,
    "generate_only": _GENERATING,
    "checkpoint": _GENERATING,
    "save_latents": _GENERATING,
    "latents": _GENERATING,
    "interpolate": _GENERATING,
    "truncation": _GENERATING,
    "seconds": _GENERATING,
}
# What to do instead, where leaving the option out is not all there is to it.
_INSTEAD = {
    "init": "to generate from a model, name it with --checkpoint",
    "checkpoint": "training resumes from its own newest checkpoint, and --init starts a new run from a model",
}


def option_name(parameter: str) -> str:
    """The option of a parameter: "--batch-size" of "batch_size"."""
    return f"--{parameter.replace('_', '-')}"


def check_mode(mode: Mode, given: Collection[str]) -> None:
    """Refuse options that do nothing in this mode, and several processes where they are of no use.

    Args:
        mode: what the program is asked to do.
        given: the parameters that were given on the command line.

    Raises:
        UserError: names them, and says what to do.
    """
    idle = [name for name in given if mode not in MODES[name]]
    generating = [name for name in idle if MODES[name] == _GENERATING]
    if generating:
        work = "works" if len(generating) == 1 else "work"
        cure = f"add --generate-only N, or leave {_it(generating)} out"
        raise UserError(f"{_options(generating)} {work} only when generating: {cure}{_instead(generating)}.")
    if idle:
        beside = "--generate-only" if mode == "generating" else mode
        belong = "belongs" if len(idle) == 1 else "belong"
        cure = f"leave {_it(idle)} out"
        raise UserError(f"{_options(idle)} {belong} to training, not to {beside}: {cure}{_instead(idle)}.")
    if mode == "--dry-run":
        refuse_several(mode)


def _options(parameters: list[str]) -> str:
    return " and ".join(map(option_name, parameters))


def _it(parameters: list[str]) -> str:
    return "it" if len(parameters) == 1 else "them"


def _instead(parameters: list[str]) -> str:
    return "".join(f"; {_INSTEAD[name]}" for name in parameters if name in _INSTEAD)
