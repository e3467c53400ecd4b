import math
from pathlib import Path

import numpy as np
import pytest

from wavegan_src.convergence.history import line_up, read_recorded

NAN = math.nan


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_columns_with_nan_for_what_was_not_measured(path: Path) -> None:
    path.write_text("epoch,a,best\n1,0.5,true\n2,,false\n")
    found = read_recorded(path)
    assert found.problem == ""
    assert found.columns["epoch"] == [1, 2]
    assert found.columns["a"][0] == 0.5
    assert math.isnan(found.columns["a"][1])
    assert found.columns["best"][0] == 1


@pytest.mark.parametrize("cut", ["3", "3,0", "3,0.2", "3,0.25,"])
def test_a_cut_line_is_left_out_and_told(path: Path, cut: str) -> None:
    path.write_text(f"epoch,a,b\n1,1,1\n2,2,2\n{cut}")
    found = read_recorded(path)
    assert found.columns["a"] == [1, 2]
    assert "cut in its last line" in found.problem


def test_unusable_lines_are_counted_and_the_others_read(path: Path) -> None:
    path.write_text("epoch,a\n1,1\n2\nthree,3\n4,4,4\nnan,5\n6,6\n")
    found = read_recorded(path)
    assert found.columns == {"epoch": [1, 6], "a": [1, 6]}
    assert "4 lines of table.csv cannot be used" in found.problem


def test_epochs_are_put_in_order_and_the_later_line_counts(path: Path) -> None:
    path.write_text("epoch,a\n1,1\n2,2\n3,3\n2,20\n")
    assert read_recorded(path).columns == {"epoch": [1, 2, 3], "a": [1, 20, 3]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"epoch,lo", "cut in its first line"),
        (b"name,price\nx,1\n", "no column epoch"),
        (b"\x00\xff\xfe\x00garbage\n\x80\x81\n", "no column epoch"),
    ],
)
def test_what_is_no_table_says_so(path: Path, content: bytes, told: str) -> None:
    path.write_bytes(content)
    found = read_recorded(path)
    assert found.columns == {}
    assert told in found.problem


def test_a_missing_file_is_no_problem_and_a_folder_is_one(path: Path) -> None:
    assert (read_recorded(path).columns, read_recorded(path).problem) == ({}, "")
    path.mkdir()
    assert "cannot be read" in read_recorded(path).problem


def test_epochs_become_medians_between_checkpoints() -> None:
    epochs = {
        "epoch": [1.0, 2, 3, 4, 5, 6],
        "wasserstein_estimate": [9.0, 1, 2, 300, 4, 5],
        "real_score": [1.0, -8, 3, 4, 5, 6],
        "fake_score": [0.0] * 6,
    }
    checkpoints = {"epoch": [1.0, 4.0], "kad": [3.0, 2.0], "logmel_frechet": [30.0, 20.0]}
    history = line_up(epochs, checkpoints, "kad")
    assert history.wasserstein.tolist() == [9, 2]
    assert history.score.tolist() == [1, 8]
    assert (history.measure, history.quality.tolist(), history.second.tolist()) == ("kad", [3, 2], [30, 20])
    assert np.isnan(history.diversity).all()


def test_the_log_mel_distance_stands_in_and_is_then_no_second_opinion() -> None:
    checkpoints = {"epoch": [1.0, 2.0], "kad": [NAN, NAN], "logmel_frechet": [3.0, 2.0]}
    history = line_up({}, checkpoints, "kad")
    assert history.measure == "logmel_frechet"
    assert history.quality.tolist() == [3, 2]
    assert np.isnan(history.second).all()


def test_without_checkpoints_every_epoch_is_one_and_the_loss_stands_in() -> None:
    history = line_up({"epoch": [1.0, 2, 3], "critic_loss": [-1.0, -2, -3]}, {}, "kad")
    assert history.measure is None
    assert history.wasserstein.tolist() == [1, 2, 3]


def test_gap_is_a_share_of_the_estimate_and_nothing_where_that_is_no_distance() -> None:
    epochs = {"epoch": [1.0, 2, 3], "wasserstein_estimate": [2.0, -1, 4]}
    checkpoints = {
        "epoch": [1.0, 2, 3],
        "critic_real_training": [5.0, 5, 5],
        "critic_real_validation": [4.0, 4, NAN],
    }
    gap = line_up(epochs, checkpoints, "kad").gap
    assert gap[0] == 0.5
    assert np.isnan(gap[1:]).all()


def test_a_missing_number_that_every_epoch_has_is_a_broken_one() -> None:
    epochs = {"epoch": [1.0, 2, 3, 4], "critic_loss": [1.0, NAN, 1, 1], "generator_loss": [NAN, 1, 1, math.inf]}
    assert line_up(epochs, {}, "kad").broken.tolist() == [False, True, False, True]


def test_rows_without_epochs_are_counted() -> None:
    history = line_up({"critic_loss": [-1.0, -2, -3]}, {}, "kad")
    assert history.epochs.tolist() == [1, 2, 3]


def test_nothing_is_an_empty_history() -> None:
    assert len(line_up({}, {}, "kad")) == 0
    assert len(line_up({"epoch": []}, {"epoch": []}, "kad")) == 0
