import errno
import os
from pathlib import Path

import pytest

from wavegan_src.utils.reading import parse_json, parse_json5, read_json, read_regular


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'{"a": 1}')
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "link") == b'{"a": 1}'
    assert read_json(tmp_path / "a") == {"a": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(OSError, match="Not a regular file") as caught:
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
