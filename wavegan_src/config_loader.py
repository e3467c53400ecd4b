"""Load a configuration: shipped presets, JSON with comments, command-line overrides, and helpful error messages."""

import codecs
import contextlib
import difflib
import json
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from wavegan_src.config_schema import Config
from wavegan_src.utils.config_key import key_of
from wavegan_src.utils.errors import UserError, explain_error
from wavegan_src.utils.format import format_size
from wavegan_src.utils.paths import user_path
from wavegan_src.utils.reading import open_regular, parse_json5

PRESET_DIR = Path(__file__).parent
PRESETS = ("config", "config_fast", "config_fast_48k", "config_test", "config_template")
_OWN_FOLDERS = {"config_fast_48k": "architectures/presets"}  # of presets that the top of the package has no room for
MOST_BYTES = 1 << 20  # of a configuration in plain JSON
MOST_BYTES_WITH_COMMENTS = 32 << 10  # three times config_template.json; its reader takes up to 0.1 ms a byte
MOST_MISTAKES = 20  # explained at once
MOST_LETTERS = 100  # of a wrong value, in a message
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
RUN_INFO_KEY = "run_info"  # experiment_config.json holds facts about the run under this key; they are not settings

# Pydantic's limits on a number, in words.
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_TYPE_NAMES: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    str: "a string in quotes",
    bool: "true or false",
}


def load_config(name: str = "config", overrides: Mapping[str, Any] | None = None) -> Config:
    """Load a preset by name or a file by path, then apply overrides (command line > file > defaults).

    A number of epochs among the overrides takes the place of the file's `training.steps`.

    Args:
        name: a shipped preset (one of `PRESETS`), with or without ".json", or the path of a file.
        overrides: values by dotted key, such as {"training.epochs": 3}; None values are skipped.

    Raises:
        UserError: the file does not exist or is not JSON, a key is unknown, or a value has the wrong type or range.

    Example:
        >>> load_config("config_test", {"training.epochs": 3}).training.epochs
        3
    """
    path = find_config(name)
    values = read_json5(path)
    if values.pop(RUN_INFO_KEY, None) is not None:
        values = complete_snapshot(values)
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    if "training.epochs" in given and "training.steps" not in given:
        _set_dotted(values, "training.steps", None)
    for key, value in given.items():
        _set_dotted(values, key, value)
    return validate(values, source=str(path), overridden=set(given))


def find_config(name: str) -> Path:
    """Resolve `--config`: a preset's bare name, then an existing file, then a preset's name with ".json"."""
    if name in PRESETS:  # even if a file or folder of that name exists: ./config names that one
        return preset_file(name)
    path = user_path(name)
    if path.is_file():
        return path
    if path.exists():
        kind = "a folder" if path.is_dir() else "a pipe or a device"
        raise UserError(f"--config {name} is {kind}: give a JSON file, or a preset ({', '.join(PRESETS)}).")
    stem = name.removesuffix(".json")
    if stem in PRESETS:
        return preset_file(stem)
    near = difflib.get_close_matches(stem, PRESETS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UserError(f"--config {name}: no such file, and the presets are {', '.join(PRESETS)}.{hint}")


def preset_file(name: str) -> Path:
    """The file of a shipped preset."""
    return PRESET_DIR / _OWN_FOLDERS.get(name, ".") / f"{name}.json"


def read_json5(path: Path) -> dict[str, Any]:
    """Read a JSON file, which may contain comments and trailing commas; its top level must be an object."""
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
        values = _parse(path, data.decode("utf-8-sig"))
    except OSError as error:
        reason = explain_error(error) or f"{error.strerror or error}."
        raise UserError(f"{path} cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        kind = " but UTF-16" if data.startswith(UTF16_MARKS) else ""
        raise UserError(f"{path} is not UTF-8 text{kind}: save it as UTF-8 in your editor.") from error
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} must contain one object {{...}} with the sections {', '.join(Config.model_fields)}.")
    return values


def _parse(path: Path, text: str) -> object:
    """Read JSON with comments; plain JSON is read by the standard library, a thousand times faster."""
    if len(text) <= MOST_BYTES:
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text, object_pairs_hook=_without_duplicates)
    if len(text) > MOST_BYTES_WITH_COMMENTS:
        raise UserError(
            f"{path} is too large for a configuration: {format_size(MOST_BYTES_WITH_COMMENTS)} with comments, or "
            f"{format_size(MOST_BYTES)} in plain JSON, is the most. Name another file."
        )
    return parse_json5(text)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(values := dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return values


def validate(values: Mapping[str, Any], source: str, overridden: Set[str] = frozenset()) -> Config:
    """Check raw values against the schema; up to 20 mistakes are reported at once, one per line."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        found = error.errors()
        lines = [_explain(detail, source, overridden) for detail in found[:MOST_MISTAKES]]
        if len(found) > MOST_MISTAKES:
            lines.append(f"And {len(found) - MOST_MISTAKES} more.")
        raise UserError("\n".join(lines)) from error


def validate_snapshot(values: Mapping[str, Any], source: str) -> Config:
    """`validate` the configuration that a run was started with: it keeps its meaning in later versions."""
    return validate(complete_snapshot(values), source)


def complete_snapshot(values: Mapping[str, Any]) -> dict[str, Any]:
    """Add the keys that a snapshot of an older version lacks and whose absence does not stand for their default."""
    complete = {name: dict(part) if isinstance(part, Mapping) else part for name, part in values.items()}
    for key, before in _older_values(values).items():
        _set_dotted(complete, key, before)
    return complete


def keep_older(config: Config, snapshot: Mapping[str, Any]) -> tuple[Config, list[str]]:
    """A configuration with what a snapshot of an older version means by the keys that it lacks.

    Returns:
        It, and the keys that differ from the given configuration.
    """
    older = _older_values(snapshot)
    given = flatten(config)
    values = config.model_dump()
    for key, before in older.items():
        _set_dotted(values, key, before)
    return Config.model_validate(values), [key for key, before in older.items() if given[key] != before]


def _older_values(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What the keys that a snapshot lacks stood for, by dotted key, where this is not their default."""
    older = {}
    for key, field, section in iter_fields():
        part, _, name = key.partition(".")
        before = key_of(field).before
        held = snapshot.get(part, {})
        if section is None and before is not None and isinstance(held, Mapping) and name not in held:
            older[key] = before
    return older


def to_json(config: Config, run_info: Mapping[str, Any] | None = None) -> str:
    """Dump a configuration as plain JSON that `--config` can read."""
    values = config.model_dump(mode="json")
    if run_info is not None:
        values[RUN_INFO_KEY] = dict(run_info)
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def iter_fields(
    model: type[BaseModel] = Config, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo, type[BaseModel] | None]]:
    """Walk all keys depth first: (dotted key, field, section class if the key is a section)."""
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield prefix + name, field, section
            yield from iter_fields(section, f"{prefix}{name}.")
        else:
            yield prefix + name, field, None


def describe(key: str) -> str:
    """Describe a dotted key in one line, for `--help` and messages: its meaning and its range."""
    field = {name: field for name, field, _ in iter_fields()}[key]
    return (
        str(field.description) if field.annotation in (str, str | None) else f"{field.description} ({_allowed(field)})"
    )


def flatten(config: Config) -> dict[str, Any]:
    """All values by dotted key, in the order of the schema."""
    return {key: _get_dotted(config, key) for key, _, section in iter_fields() if section is None}


def option_of(key: str) -> str:
    """The command-line option that sets a dotted key.

    Raises:
        KeyError: no option sets it.
    """
    options = {name: key_of(field).option for name, field, _ in iter_fields()}
    option = options[key]
    if option is None:
        raise KeyError(key)
    return option


def free_keys() -> frozenset[str]:
    """The keys that may change when a run is resumed."""
    return frozenset(key for key, field, section in iter_fields() if section is None and key_of(field).free)


def overrides_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """The values set on the command line, by dotted key, for `load_config`.

    Args:
        options: values by option name; None, or False for a flag, if the option was not given.
    """
    given: dict[str, Any] = {}
    for key, field, _ in iter_fields():
        option = key_of(field).option
        if option is not None and (value := options[option]) is not None and value is not False:
            given[key] = value if not option.startswith("--no-") else False
    return given


def render_template() -> str:
    """The text of config_template.json: every key with its meaning, unit, range and default as a comment."""
    lines = [
        "// Every key of a WaveGAN configuration with its default. Copy this file, delete the keys that you do not",
        "// change, edit the rest, and run: python WaveGAN.py --config my_config.json",
        "{",
    ]
    sections = [(name, field) for name, field, section in iter_fields() if section is not None]
    for index, (name, field) in enumerate(sections):
        lines += [f"  // {field.description}.", f'  "{name}": {{']
        keys = [(key, f) for key, f, section in iter_fields() if section is None and key.startswith(name + ".")]
        for position, (key, key_field) in enumerate(keys):
            default = json.dumps(key_field.default)
            comma = "," if position < len(keys) - 1 else ""
            lines.append(f"    // {key_field.description}.")
            lines.append(f"    // {_allowed(key_field).capitalize()}; default {default}.")
            lines.append(f'    "{key.split(".")[1]}": {default}{comma}')
        lines.append("  }," if index < len(sections) - 1 else "  }")
    return "\n".join([*lines, "}", ""])


def _explain(detail: ErrorDetails, source: str, overridden: Set[str]) -> str:
    """Turn one pydantic error into a plain line: where it is, what was given and what is allowed."""
    key = ".".join(str(part) for part in detail["loc"] if not str(part).startswith("function-"))
    where = "on the command line" if key in overridden else f"in {source}"
    if detail["type"] == "extra_forbidden":
        return f"Unknown key {key} {where}. {_nearest(key)}"
    if detail["type"] == "value_error":  # our own validators write complete messages
        return f"{str(detail['msg']).removeprefix('Value error, ')} ({where})."
    given = _shown(detail["input"])
    fields = {name: (field, section) for name, field, section in iter_fields()}
    if key in fields and fields[key][1] is None:
        return f"{key} is {given} {where}: it must be {_allowed(fields[key][0])}."
    if key in fields:
        return f'{key} is {given} {where}: it must be a section, such as "{key}": {{ ... }}.'
    return f"{key} is {given} {where}: it must be an object {{...}} or a value, as in config_template.json."


def _shown(value: object) -> str:
    """A value in a message, cut if it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _nearest(key: str) -> str:
    """Name the known key that is most similar to an unknown one, or list the section's keys."""
    known = [name for name, _, _ in iter_fields()]
    alike = [name for name in known if ("." in name) == ("." in key)]  # otherwise audio.x would resemble audio
    near = difflib.get_close_matches(key, alike, n=1, cutoff=0.6)
    if not near:  # the right key in the wrong section
        last = key.rpartition(".")[2]
        leaves = {name.rpartition(".")[2]: name for name in known}
        near = [leaves[name] for name in difflib.get_close_matches(last, leaves, n=1, cutoff=0.6)]
    if near:
        return f"Did you mean {near[0]}?"
    section = key.rpartition(".")[0]
    siblings = [name for name in known if name.rpartition(".")[0] == section]
    return f"Valid keys: {', '.join(siblings)}."


def _allowed(field: FieldInfo) -> str:
    """The allowed values of a key, in words: "a whole number at least 1 and at most 100"."""
    annotation, of_key = field.annotation, key_of(field).choices
    choices = of_key() if of_key is not None else getattr(annotation, "__args__", None)
    if choices and all(isinstance(choice, str) for choice in choices):
        return "one of " + ", ".join(json.dumps(choice) for choice in choices)
    if choices:  # X | None
        names = [_TYPE_NAMES[choice] + _not_empty(field) for choice in choices if choice in _TYPE_NAMES]
        return " or ".join([*names, "null"])
    text = _TYPE_NAMES.get(annotation, "")
    text += _not_empty(field)
    limits = [
        f"{words} {getattr(rule, name)}"
        for rule in field.metadata
        for name, words in _LIMITS.items()
        if getattr(rule, name, PydanticUndefined) not in (None, PydanticUndefined)
    ]
    return f"{text} {' and '.join(limits)}".strip()


def _not_empty(field: FieldInfo) -> str:
    return " that is not empty" if any(getattr(rule, "min_length", None) for rule in field.metadata) else ""


def _set_dotted(values: dict[str, Any], key: str, value: Any) -> None:
    section, _, name = key.partition(".")
    part = values.setdefault(section, {})
    if isinstance(part, dict):  # validation reports a section of the wrong type
        part[name] = value


def _get_dotted(config: BaseModel, key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = getattr(value, part)
    return value
