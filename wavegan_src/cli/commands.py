"""Words that are no command of the program, and what was probably meant by them."""

import contextlib
import difflib
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer.core

from wavegan_src.run.pretrained import NAME as PRETRAINED
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.torchrun import refuse_several
from wavegan_src.utils.program import program

SHARED = ("evaluate",)  # commands whose work several processes share
_TRAIN = "--data FOLDER"  # training needs no command
_GENERATE = "--generate-only 10"
# What people call things in other programs, by the arguments that do it here.
_ELSEWHERE = {
    "train": _TRAIN,
    "training": _TRAIN,
    "resume": "",
    "continue": "",
    "generate": _GENERATE,
    "generating": _GENERATE,
    "sample": _GENERATE,
    "check": "--dry-run",
    "help": "--help",
    PRETRAINED: f"{_GENERATE} --checkpoint {PRETRAINED}",
}
_BY_SUFFIX = {
    ".json": "--config {}",
    ".tar": f"{_GENERATE} --checkpoint {{}}",
    ".npy": "--latents {}",
}


class CommandGroup(typer.core.TyperGroup):
    """The program's commands; a word that is none of them gets an answer that shows the way."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # typer's own types are private
        """Find the command of the first argument.

        Raises:
            UserError: there is none of that name, or several processes were started for it.
        """
        if args and args[0] not in self.commands:
            options = [option for parameter in self.get_params(ctx) for option in parameter.opts]
            raise UserError(explain_unknown(args[0], self.commands, options))
        if args and args[0] not in SHARED:
            refuse_several(args[0])
        return super().resolve_command(ctx, args)


def explain_unknown(word: str, commands: Iterable[str], options: Iterable[str]) -> str:
    """A sentence for a word that is no command.

    Args:
        word: what was typed.
        commands: the commands that there are.
        options: the options of the main command, with their dashes.
    """
    from wavegan_src.config_loader import PRESETS  # noqa: PLC0415  (builds the configuration's schema)

    names = list(commands)
    meant = {option.lstrip("-"): option for option in options}
    meant |= _ELSEWHERE | {name: name for name in names} | {preset: f"--config {preset}" for preset in PRESETS}
    arguments = _meant(word, meant)
    if arguments is None:
        listed = ", ".join(names)
        return f"No such command: {word}. The commands are {listed}; without one the program trains. See --help."
    if arguments == _TRAIN:
        return f"No such command: {word}. Training needs none: {program()} {_TRAIN}"
    return f"No such command: {word}. Did you mean {' '.join(filter(None, (program(), arguments)))}?"


def _meant(word: str, meant: dict[str, str]) -> str | None:
    """The arguments that were probably meant: an exact name first, then a file of that name, then a similar name."""
    name = word.lower().removesuffix(".json")
    if name in meant:
        return meant[name]
    path, quoted = Path(word), shlex.quote(word)
    if path.suffix in _BY_SUFFIX:
        return _BY_SUFFIX[path.suffix].format(quoted)
    from wavegan_src.run.folder import RunFolder  # noqa: PLC0415

    with contextlib.suppress(OSError):  # a name that no file can have
        if word and path.is_dir():
            return f"--output-dir {quoted}" if RunFolder(path).config_snapshot.exists() else f"--data {quoted}"
    near = difflib.get_close_matches(name, meant, n=1, cutoff=0.7)
    return meant[near[0]] if near else None
