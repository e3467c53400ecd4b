"""What is wrong with a command line, in our words rather than in those of the library that parsed it."""

from typing import TYPE_CHECKING, Any

import typer

from wavegan_src.utils.paths import shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}


def usage_message(error: typer.TyperException) -> str:
    """The message for an unknown option or a wrong value: the option, the value, and what to give."""
    from pydantic import ValidationError  # noqa: PLC0415  (only mistakes need it)

    cause, parameter = error.__cause__, getattr(error, "param", None)
    if isinstance(cause, ValidationError) and parameter is not None:
        detail = cause.errors()[0]
        if (wanted := _wanted(detail)) is not None:
            options: list[str] = parameter.opts
            name = options[0] if options[0].startswith("-") else options[0].upper()
            return f"{name} {shown(str(detail['input']))}: give {wanted}."
    return f"{error.format_message().rstrip('.')}. See --help."


def _wanted(detail: "ErrorDetails") -> str | None:
    """What should have been given."""
    limits: dict[str, Any] = detail.get("ctx", {})
    bounds = [f"{words} {limits[name]:g}" for name, words in _LIMITS.items() if name in limits]
    if bounds:
        return " and ".join(bounds)
    wanted = _KINDS.get(detail["type"].partition("_")[0])
    text = str(detail["input"])
    pointed = text.replace(",", ".")
    if wanted == _KINDS["float"] and text.count(",") == 1 and _is_number(pointed):
        return f"a number with a point, {pointed}"
    return wanted


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
