"""Folders that are no whole run: a clear word, and whatever can be used is used."""

import math
from pathlib import Path

import pytest

from tests.support.run_folders import make_run
from wavegan_src.config_schema import Config
from wavegan_src.report.reading import read_run, read_table, with_own_names
from wavegan_src.report.run_page import facts, state_words
from wavegan_src.report.status import read_status, to_json, to_lines
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import recorded
from wavegan_src.utils.errors import UserError


def test_a_whole_run_has_no_problems(tmp_path: Path, tiny_config: Config) -> None:
    make_run(tmp_path / "run", tiny_config, 20)
    run = read_run(tmp_path / "run")
    assert run.problems == []
    assert (run.name, run.epoch, run.best_epoch, run.primary) == ("run", 20, 20, "kad")
    assert list(run.gpus) == ["GPU 0 (Card)", "GPU 1 (Card)"]
    assert [event.kind for event in run.events] == ["started", "resumed"]
    assert "Best model: epoch 20" in run.verdicts()[0]


def test_no_folder_an_empty_one_a_file_and_a_foreign_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "photo.jpg").write_bytes(b"x")
    for name, words in (("none", "no folder"), ("file", "no folder"), ("empty", "no run"), ("foreign", "no run")):
        with pytest.raises(UserError, match=words) as told:
            read_run(tmp_path / name)
        assert "Give the folder" in str(told.value) or "give the folder" in str(told.value)


def test_a_torn_last_line_is_left_out_and_told(tmp_path: Path) -> None:
    path, problems = tmp_path / "t.csv", list[str]()
    path.write_text("epoch,loss\n1,0.5\n2,0.25\n3,0.12")  # it was 0.125: a number cut short is no number
    assert read_table(path, problems) == {"epoch": [1, 2], "loss": [0.5, 0.25]}
    assert problems == ["1 damaged line is left out of t.csv."]


def test_damaged_lines_in_the_middle_are_left_out(tmp_path: Path) -> None:
    path, problems = tmp_path / "t.csv", list[str]()
    path.write_bytes(b"epoch,loss\n1,0.5\n2\n\xff\xfe\0\n,0.3\n5,\n6,x\n7,1,2,3\n8,nan\n")
    table = read_table(path, problems)
    assert table["epoch"] == [1, 5, 6, 8]
    assert [math.isnan(value) for value in table["loss"]] == [False, True, True, True]
    assert problems == ["4 damaged lines are left out of t.csv."]


@pytest.mark.parametrize("text", ["", "epoch,loss\n", "epoch,lo"])
def test_a_table_without_rows_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv", []) == {}


def test_a_foreign_table_is_left_out_and_told(tmp_path: Path) -> None:
    problems: list[str] = []
    (tmp_path / "t.csv").write_text("name,price\napple,3\n")
    assert read_table(tmp_path / "t.csv", problems) == {}
    assert problems == ["t.csv has no column epoch: it is no table of this program, and is left out."]


def test_a_run_of_an_older_version_lacks_columns_and_is_judged_by_what_it_has(
    tmp_path: Path, tiny_config: Config
) -> None:
    folder = make_run(tmp_path, tiny_config, 20)
    lines = [line.split(",") for line in folder.checkpoint_csv.read_text().splitlines()]
    kept = [index for index, name in enumerate(lines[0]) if "kad" not in name and name not in ("density", "mcd")]
    folder.checkpoint_csv.write_text("".join(",".join(line[index] for index in kept) + "\n" for line in lines))
    for path in (folder.resource_csv, folder.gpu_csv, folder.profile_csv, folder.events):
        path.unlink()
    run = read_run(tmp_path)
    assert run.problems == []
    assert run.primary == "logmel_frechet"
    assert "Best model: epoch 20, log-mel" in run.verdicts()[0]


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', '{"training": 3}'])
def test_a_damaged_snapshot_leaves_the_figures(tmp_path: Path, tiny_config: Config, text: str) -> None:
    folder = make_run(tmp_path, tiny_config, 3)
    folder.config_snapshot.write_text(text)
    run = read_run(tmp_path)
    assert run.epoch == 3
    assert run.setting("training.epochs") is None
    assert run.verdicts()


def test_runs_of_the_same_name_are_told_apart(tmp_path: Path, tiny_config: Config) -> None:
    names = ("a/run", "b/run", "x/deep/out", "y/deep/out", "c")
    for name in names:
        make_run(tmp_path / name, tiny_config, 1)
    runs = with_own_names([read_run(tmp_path / name) for name in names])
    assert [run.name for run in runs] == list(names)


def test_before_the_first_epoch_there_is_nothing_but_the_configuration(tmp_path: Path, tiny_config: Config) -> None:
    from wavegan_src.config_loader import to_json

    folder = RunFolder(tmp_path)
    folder.create()
    folder.config_snapshot.write_text(to_json(tiny_config))
    run = read_run(tmp_path)
    assert (run.epoch, run.best_epoch, run.verdicts()) == (0, None, [])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.77, 0.999])
def test_any_file_cut_at_any_byte_is_read_by_status_and_report(
    tmp_path: Path, tiny_config: Config, share: float
) -> None:
    folder = make_run(tmp_path / "run", tiny_config, 6, every=2, latents=1)
    with recorded(folder):
        pass
    files = sorted(folder.statistics.iterdir())
    assert len(files) == 8
    for path in files:
        whole = path.read_bytes()
        for shift in range(3):
            path.write_bytes(whole[: int(share * len(whole)) + shift])
            status, run = read_status(folder.root), read_run(folder.root)
            assert to_json(status)
            assert to_lines(status)
            assert state_words(run)
            assert facts(run) is not None
            run.verdicts()
        path.write_bytes(whole)
