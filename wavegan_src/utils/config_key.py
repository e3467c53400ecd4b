"""What the keys of the configuration are made of: sections, facts about a key, paths in the home folder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import expand_home


def _expand_home(path: str) -> str:
    try:
        return str(expand_home(path)) if path[:1] in ("", "~") or "\0" in path else path
    except UserError as error:
        raise ValueError(str(error).rstrip(".")) from error  # which pydantic collects


HomePath = Annotated[str, AfterValidator(_expand_home)]
"""A path in which "~" stands for the user's home folder."""
OptionalHomePath = Annotated[str | None, AfterValidator(lambda path: path and _expand_home(path))]


@dataclass(frozen=True)
class Key:
    """Facts about a key besides its type, range and default."""

    free: bool = False  # may change on resuming: affects how a run computes, writes or ends, not what it learns
    option: str | None = None  # the command-line option that sets it; one that begins with --no- sets it to false
    without: Literal["ignored", "refused"] | None = None  # by architectures whose `keys` lack it; None: all have it
    choices: Callable[[], tuple[str, ...]] | None = None  # the allowed strings, where the type does not list them
    before: str | float | bool | None = None  # what its absence in an older snapshot stands for; None: the default


FREE = Key(free=True)


def key_of(field: FieldInfo) -> Key:
    """The `Key` attached to a field."""
    return next((mark for mark in field.metadata if isinstance(mark, Key)), Key())


class Section(BaseModel):
    """Base class of all sections: no unknown keys, no silent type conversion, immutable once loaded.

    Validators are built on first use, not when the schema is loaded.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)
