import csv
import json
from pathlib import Path

import pytest

from tests.support.studies import controls_passed, made_up_report, small_data
from wavegan_src.evaluation.augmentation_study.results import COLUMNS, conclusions, describe, write_results
from wavegan_src.evaluation.augmentation_study.scoring import (
    FAILED,
    HELPED,
    HURT,
    NO_DIFFERENCE,
)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (NO_DIFFERENCE, ("Generated clips beside real ones did not help", "Classical augmentation did not help")),
        (HELPED, ("Generated clips beside real ones helped: macro-F1 0.70 at ratio 0.5, +0.10 (95 % -0.01 to +0.20)",)),
        (HURT, ("did not help but hurt at every ratio", "Generated clips alone do worse than real ones")),
    ],
)
def test_each_outcome_is_said_in_words(verdict: str, words: tuple[str, ...]) -> None:
    said = " ".join(conclusions(made_up_report(controls_passed(verdict))))
    assert all(part in said for part in words)
    assert "shuffled labels: passed" in said
    assert "planted signal: passed" in said


def test_failed_controls_and_a_base_without_room_are_said() -> None:
    said = " ".join(conclusions(made_up_report(lambda _: FAILED)))
    assert "do not trust this study" in said
    assert "would not see help" in said
    assert "hardly any room" in " ".join(conclusions(made_up_report(controls_passed(HELPED), 0.99)))
    assert "may be guessing" in " ".join(conclusions(made_up_report(controls_passed(HELPED), 0.55)))
    assert "may be guessing" not in said


def test_the_table_has_a_row_for_each_arm_and_empty_cells_for_what_there_is_not(tmp_path: Path) -> None:
    report = made_up_report(controls_passed(NO_DIFFERENCE))
    write_results(tmp_path, report)
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["arm"] for row in rows] == [result.condition.arm.name for result in report.results]
    assert rows[0]["ratio"] == rows[0]["difference"] == rows[0]["verdict"] == ""
    both = next(row for row in rows if row["arm"] == "both")
    assert (both["real_clips"], both["classical_clips"], both["generated_clips"]) == ("16", "8", "8")
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["results"][0]["difference"] is None
    assert found["results"][1]["by_class"] == {"low": 0.7, "middle": 0.7}
    assert found["classes"][0] == {
        "name": "low", "training_recordings": 4, "training_clips": 8, "test_recordings": 3, "test_clips": 6,
    }  # fmt: skip
    assert found["conclusions"] == conclusions(report)


def test_a_class_is_described_in_a_line() -> None:
    assert describe(small_data())[1] == "middle: 8 training clips of 4 recordings, 6 test clips of 3"
