import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.listening import answers, save, small_design
from wavegan_src.evaluation.listening.answers import read_answers
from wavegan_src.utils.errors import UserError

SCORES = {"hidden reference": 100, "3.5 kHz low-pass": 40, "shaped noise": 5, "ours": 70, "theirs": 60}


def test_scores_and_choices_are_those_that_were_given(tmp_path: Path) -> None:
    design = small_design(trials=3, abx=4)
    paths = [
        save(tmp_path / "a.json", answers(design, "Ann", SCORES)),
        save(tmp_path / "b.json", answers(design, "Bob", SCORES | {"ours": 10}, right=False)),
    ]
    found = read_answers(paths)
    assert found.listeners == ["Ann", "Bob"]
    assert len(found.ratings) == 2 * 3 * 5
    assert {rating.score for rating in found.ratings if (rating.listener, rating.condition) == ("Bob", "ours")} == {10}
    assert {choice.right for choice in found.choices if choice.listener == "Ann"} == {True}
    assert {choice.right for choice in found.choices if choice.listener == "Bob"} == {False}
    assert {choice.system for choice in found.choices} == {"ours", "theirs"}


def test_a_copy_counts_once_and_a_namesake_as_somebody_else(tmp_path: Path) -> None:
    first = answers(small_design(), "Ann", SCORES)
    paths = [save(tmp_path / f"{number}.json", first) for number in range(2)]
    paths.append(save(tmp_path / "other.json", first | {"ended": "2026-02-02"}))
    assert read_answers(paths).listeners == ["Ann", "Ann (2)"]


@pytest.mark.parametrize(
    "change",
    [
        {"sealed": "QUJD"},
        {"format": 2},
        {"ratings": [{"trial": 0, "order": [], "scores": {"k": 101}, "seconds": 1}]},
        {"ratings": [{"trial": 0, "order": [], "scores": {"nobody": 50}, "seconds": 1}]},
        {"abx": [{"trial": 99, "answer": "A", "seconds": 1}]},
        {"abx": [{"trial": 0, "answer": "C", "seconds": 1}]},
        {"more": 1},
    ],
)
def test_a_file_of_something_else_is_named(change: dict[str, Any], tmp_path: Path) -> None:
    path = save(tmp_path / "answers.json", answers(small_design(), "Ann", SCORES) | change)
    with pytest.raises(UserError, match=r"answers\.json is no file of answers.*that the page of the test saved"):
        read_answers([path])


def test_other_files_tests_and_none_are_refused(tmp_path: Path) -> None:
    one = save(tmp_path / "one.json", answers(small_design(), "Ann", SCORES))
    other = save(tmp_path / "other.json", answers(small_design(seed=1), "Ann", SCORES))
    (tmp_path / "text.json").write_bytes(b"\xff\xfe")
    (tmp_path / "list.json").write_text(json.dumps([1]))
    with pytest.raises(UserError, match="of another test"):
        read_answers([one, other])
    for name in ("text.json", "list.json", "missing.json"):
        with pytest.raises(UserError, match=name):
            read_answers([tmp_path / name])
    with pytest.raises(UserError, match="nothing to analyse"):
        read_answers([])
