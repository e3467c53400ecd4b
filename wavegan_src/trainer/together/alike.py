"""Check before a run that its processes can train together: the same program, the same settings, enough clips."""

import hashlib
from pathlib import Path

import torch

import wavegan_src
from wavegan_src.config_loader import flatten
from wavegan_src.config_schema import Config
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.processes.torchrun import SaidElsewhereError, name_of

Facts = dict[str, str]


def check_alike(group: Group, config: Config) -> None:
    """Check that all processes have the same program and configuration, and enough clips in a batch for all.

    Raises:
        UserError: they differ, in the first process.
        SaidElsewhereError: they differ, in the others.
    """
    if group.size == 1:
        return
    agree(group, _unfit(group, config))
    _compare(group, _program() | {key: repr(value) for key, value in flatten(config).items()})


def check_program(group: Group) -> None:
    """Check that all processes have the same program.

    Raises:
        UserError: they differ, in the first process.
        SaidElsewhereError: they differ, in the others.
    """
    _compare(group, _program())


def _compare(group: Group, facts: Facts) -> None:
    every = group.collect((name_of(group.rank), facts))
    first = every[0][1]
    cure = "start all processes with the same program and the same command"
    differences = [f"{name} has {_difference(first, own)}: {cure}." for name, own in every if own != first]
    agree(group, differences[0] if differences else None)


def check_shares(group: Group, batch_size: int) -> None:
    """Check that each process gets a clip of a batch, which is cut to the number of training clips.

    Raises:
        UserError: there are more processes than clips.
    """
    if batch_size < group.size:
        raise UserError(
            f"There are only {batch_size} training clips, which {group.size} processes cannot share: start at most "
            f"{batch_size}, or add recordings."
        )


def agree(group: Group, problem: str | None) -> None:
    """End all processes if one of them has a problem, which the first one says.

    Raises:
        UserError: in the first process.
        SaidElsewhereError: in the others.
    """
    problems = [each for each in group.collect(problem) if each is not None]
    if problems:
        raise UserError(problems[0]) if group.is_first else SaidElsewhereError


def _unfit(group: Group, config: Config) -> str | None:
    """Why this configuration cannot be trained by so many processes."""
    training = config.training
    if training.batch_size < group.size:
        return (
            f"training.batch_size is {training.batch_size}, which {group.size} processes cannot share: start at most "
            f"{training.batch_size}, or raise --batch-size."
        )
    if config.model.spectral_norm and training.micro_batch_size:
        return (
            "model.spectral_norm counts how often the critic is used, which micro-batches make different in each "
            "process: set training.micro_batch_size to null, or train with one process."
        )
    return None


def _program() -> Facts:
    """What of the program must be equal in all processes, by what it is called."""
    return {"the program": _code(), "PyTorch": str(torch.__version__)}


def _difference(first: Facts, other: Facts) -> str:
    key = next(key for key in (*first, *other) if first.get(key) != other.get(key))
    ours, theirs = first.get(key), other.get(key)
    if key == "the program":
        return "another version of the program than process 0"
    return f"{key} {theirs}, and process 0 has {ours}"


def _code() -> str:
    """A hash of the program's own files."""
    root = Path(wavegan_src.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
