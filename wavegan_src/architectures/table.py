"""The one table of architectures: everything that depends on `model.architecture` is looked up here."""

import difflib
from collections.abc import Mapping

from wavegan_src.architectures import drive, engine, wavegan
from wavegan_src.architectures.spec import ArchitectureSpec

DEFAULT = wavegan.SPEC.name  # if a configuration names none, such as those written when there was only one
_TABLE: dict[str, ArchitectureSpec] = {spec.name: spec for spec in (wavegan.SPEC, engine.SPEC, drive.SPEC)}


def register(spec: ArchitectureSpec) -> None:
    """Add an architecture; nothing else is needed to train it and to generate with it.

    Raises:
        ValueError: the name is taken.
    """
    if spec.name in _TABLE:
        raise ValueError(f"there is already an architecture called {spec.name}")
    _TABLE[spec.name] = spec


def unregister(name: str) -> None:
    """Undo a `register`."""
    del _TABLE[name]


def names() -> tuple[str, ...]:
    """The values of `model.architecture`, the default first."""
    return tuple(_TABLE)


def spec_of(name: str) -> ArchitectureSpec:
    """The entry of an architecture.

    Raises:
        ValueError: no architecture has that name.
    """
    if name not in _TABLE:
        near = difflib.get_close_matches(name, _TABLE, n=1)
        hint = f'; the closest is "{near[0]}"' if near else ""
        allowed = ", ".join(f'"{one}"' for one in _TABLE)
        raise ValueError(f'model.architecture is "{name}": it must be one of {allowed}{hint}')
    return _TABLE[name]


def known(name: str) -> str:
    """The name itself, if it is an architecture's.

    Raises:
        ValueError: no architecture has that name.
    """
    return spec_of(name).name


def recorded(config: Mapping[str, object]) -> str:
    """The architecture named in a run's snapshot, however damaged; the default if it names none that is known."""
    model = config.get("model")
    name = model.get("architecture") if isinstance(model, Mapping) else None
    return name if isinstance(name, str) and name in _TABLE else DEFAULT


def overview() -> str:
    """All architectures in one sentence, for `--help`."""
    parts = [f'"{spec.name}" {spec.description}' for spec in _TABLE.values()]
    for spec in _TABLE.values():
        own = [key.removeprefix("model.") for key in sorted(spec.keys) if key.startswith("model.")]
        if own:
            parts.append(f"{', '.join(own[:-1])} and {own[-1]} apply to {spec.name} only")
    return "; ".join(parts)
