"""What there is to know of a target, and texts from templates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.wav import BITS

_ENVIRONMENT = Environment(
    loader=PackageLoader("wavegan_src.generation.game_audio.bank.targets"),
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True)
class Target:
    """A game engine or tool.

    name: as `--target` takes it. title: as people write it. texts: the target's own files of a bank, each by its path
    in the bank. folder: of the sounds, where `{name}` stands for the bank's name; "" is the bank's own. bits: of the
    sounds. levels_in_files: whether loops are as loud as the engine is, since the game plays all at one volume. tables:
    suffix of the ramps' tables, where the engine takes a `.csv` for something else.
    """

    name: str
    title: str
    texts: Callable[[Bank], dict[str, str]]
    folder: str = ""
    bits: int = BITS
    levels_in_files: bool = False
    tables: str = ".csv"

    def sounds(self, name: str) -> str:
        """The folder of the sounds of a bank of this name, with `/` at its end; "" is the bank's own."""
        return self.folder.format(name=name)


def render(template: str, **values: Any) -> str:
    """A text from a template."""
    return _ENVIRONMENT.get_template(template).render(**values)
