"""The one table of architectures. Everything that depends on `model.architecture` is asked of its entry here."""

import difflib
from collections.abc import Mapping

from wavegan_src.architectures import engine, wavegan
from wavegan_src.architectures.spec import ArchitectureSpec

DEFAULT = wavegan.SPEC.name  # of a configuration that does not say, as of runs from before there were two
_TABLE: dict[str, ArchitectureSpec] = {spec.name: spec for spec in (wavegan.SPEC, engine.SPEC)}


def register(spec: ArchitectureSpec) -> None:
    """Add an architecture; nothing else is needed to train it and to generate from it.

    Raises:
        ValueError: the name is taken.
    """
    if spec.name in _TABLE:
        raise ValueError(f"there is already an architecture called {spec.name}")
    _TABLE[spec.name] = spec


def unregister(name: str) -> None:
    """Take back a `register`."""
    del _TABLE[name]


def names() -> tuple[str, ...]:
    """Values of `model.architecture`, the default first."""
    return tuple(_TABLE)


def spec_of(name: str) -> ArchitectureSpec:
    """What is known of an architecture.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in _TABLE:
        near = difflib.get_close_matches(name, _TABLE, n=1)
        hint = f'; "{near[0]}" comes nearest' if near else ""
        allowed = ", ".join(f'"{one}"' for one in _TABLE)
        raise ValueError(f'model.architecture is "{name}": it must be one of {allowed}{hint}')
    return _TABLE[name]


def known(name: str) -> str:
    """The name itself, if there is such an architecture.

    Raises:
        ValueError: there is none.
    """
    return spec_of(name).name


def recorded(config: Mapping[str, object]) -> str:
    """The architecture that a run's snapshot names, however damaged; the default where it names none that is known."""
    model = config.get("model")
    name = model.get("architecture") if isinstance(model, Mapping) else None
    return name if isinstance(name, str) and name in _TABLE else DEFAULT


def overview() -> str:
    """All architectures in a sentence, for the help."""
    parts = [f'"{spec.name}" {spec.description}' for spec in _TABLE.values()]
    for spec in _TABLE.values():
        own = [key.removeprefix("model.") for key in sorted(spec.keys) if key.startswith("model.")]
        if own:
            parts.append(f"{', '.join(own[:-1])} and {own[-1]} are for {spec.name} alone")
    return "; ".join(parts)
