import errno
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from wavegan_src.utils.errors import NotAFileError, UserError
from wavegan_src.utils.reading import parse_json, parse_json5, read_json, read_or_refuse, read_regular, read_typed


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'{"a": 1}')
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "link") == b'{"a": 1}'
    assert read_json(tmp_path / "a") == {"a": 1}


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    assert read_or_refuse(tmp_path / "a") == b"a"
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError) as caught:
            read_or_refuse(path)
        assert str(caught.value).startswith(f"{path} cannot be read: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(NotAFileError) as caught:
        read_regular(tmp_path / name)
    assert caught.value.errno == errno.EINVAL


def test_folders_and_missing_files_are_the_usual_errors(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "{", b"\xff\xfe{", "1" * 5000, ""])
def test_whatever_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_json_with_comments_is_read() -> None:
    assert parse_json5("{a: 1, // one\n 'b': [2,],}") == {"a": 1, "b": [2]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ('{"a": }', "line 1 does not go on with } .column 7.; a comma"),
        ('{\n "a": 1\n "b": 2}', 'line 3 does not go on with " .column 2.; a comma'),
        ('{"a": "x\ny"}', "the end of the line"),
        ('{"a": 1', "ends too early, at line 1; a closing bracket"),
        ('{"a": 1, "a": 2}', "the key a is given twice"),
        ('{"a": ' + "9" * 5000 + "}", "a number in it cannot be read"),
        ("[" * 3000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_json5(text)


@dataclass(frozen=True)
class Row:
    name: str
    level: float | None = None


@dataclass(frozen=True)
class Record:
    count: int
    rows: list[Row]
    hashes: dict[str, str] = field(default_factory=dict)


def test_a_record_is_read_back(tmp_path: Path) -> None:
    record = Record(3, [Row("a", 0.5), Row("not Unicode: \udcff")], {"a": "b"})
    (tmp_path / "r.json").write_text(json.dumps(asdict(record)))
    assert read_typed(tmp_path / "r.json", Record) == record


@pytest.mark.parametrize(
    "change",
    [
        {"count": "3"}, {"count": True}, {"count": None}, {"count": 10**30}, {"count": 1.0}, {"rows": None},
        {"rows": [1]}, {"rows": [{"name": 1}]}, {"rows": [{}]}, {"rows": [{"name": "a", "level": "x"}]},
        {"rows": [{"name": "a", "level": 10**400}]}, {"hashes": {"a": 1}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_record_with_another_type_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    good = asdict(Record(3, [Row("a", 0.5)]))
    (tmp_path / "r.json").write_text(json.dumps(good | change))
    with pytest.raises(ValueError, match="not what was written"):
        read_typed(tmp_path / "r.json", Record)
