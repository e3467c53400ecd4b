"""The page as a browser gets it: self-contained, escaped, small for a long run, whole for a broken one."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.cli import RunCli
from tests.support.run_folders import make_run
from wavegan_src.cli.report import report
from wavegan_src.config_loader import to_json
from wavegan_src.config_schema import Config
from wavegan_src.report.run_page import write_comparison, write_report
from wavegan_src.run.events import record
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import ERROR, recorded
from wavegan_src.utils.errors import UserError

MEGABYTE = 1_000_000
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags and every address that a browser would fetch, and checks that all tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data-audio")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_is_self_contained_with_curves_clips_and_verdicts(tmp_path: Path, tiny_config: Config) -> None:
    folder = make_run(tmp_path / "run", tiny_config, 30)
    page = write_report(folder).read_text()
    reader = Reader(page)
    assert all(address.startswith(("data:", "#")) for address in reader.addresses)
    assert "://" not in page  # which base64 does not have, unlike the letters of a scheme
    assert reader.tags.count("button") == 2 + 2 * 5  # recordings, and two latent vectors at five epochs
    assert reader.tags.count("svg") > 15
    assert "of the way from noise to real" in reader.words
    assert "epoch 30 of 2: finished" in reader.words
    assert "<script>alert" not in page  # values are escaped
    assert "<script>alert(1)</script>" in reader.words  # and shown
    for words in ("kernel_len", "GPU 1 (Card): temperature", "gradient penalty", "Where the time went", "★ best"):
        assert words in reader.words, words
    assert "resumed after epoch 15" in reader.words


def test_a_run_of_5000_epochs_stays_small(tmp_path: Path, tiny_config: Config) -> None:
    folder = make_run(tmp_path / "run", tiny_config, 5000, every=100, latents=4)
    for clip in list(folder.samples.glob("epoch_*_01.wav")):  # as many files as there would really be
        for number in range(5, 9):
            clip.with_name(f"{clip.stem[:-2]}{number:02}.wav").hardlink_to(clip)
    page = write_report(folder).read_text()
    assert len(page) < 10 * MEGABYTE
    assert page.count("<path") + page.count("<line") < 3000  # what a browser has to draw
    Reader(page)


def test_an_unfinished_run_has_a_page_too(tmp_path: Path, tiny_config: Config) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    folder.config_snapshot.write_text(to_json(tiny_config))
    words = Reader(write_report(folder).read_text()).words
    assert "No verdict yet" in words
    assert "No samples were written yet" in words
    assert "No epoch is complete yet" in words


def test_how_the_run_stands_and_what_it_warned_of_is_told(tmp_path: Path, tiny_config: Config) -> None:
    longer = tiny_config.model_copy(update={"training": tiny_config.training.model_copy(update={"epochs": 50})})
    folder = make_run(tmp_path, longer, 5)
    assert "epoch 5 of 50: unfinished" in Reader(write_report(folder).read_text()).words  # nothing tells more
    record(folder.events, "warning", 5, 40, "the disk is filling up")
    with recorded(folder) as ending:
        words = Reader(write_report(folder).read_text()).words
        assert "epoch 5 of 50: in training" in words
        assert "Warning after epoch 5: the disk is filling up" in words
        assert "wait for more checkpoints" in words
        ending.stopped_by, ending.reason = ERROR, "The disk is nearly full: 1 MiB."
    words = Reader(write_report(folder).read_text()).words
    assert "epoch 5 of 50: broken off (The disk is nearly full: 1 MiB)" in words
    assert "it is too short to be judged; once the cause of the error is fixed, the same command resumes" in words
    assert "wait for" not in words
    values = json.loads(folder.run_record.read_text()) | {"stopped_by": None, "started": 1.0, "since_boot": 1.0}
    folder.run_record.write_text(json.dumps(values))  # as after kill -9
    assert "epoch 5 of 50: killed" in Reader(write_report(folder).read_text()).words


def test_one_epoch_is_a_page(tmp_path: Path, tiny_config: Config) -> None:
    words = Reader(write_report(make_run(tmp_path, tiny_config, 1)).read_text()).words
    assert "Best model: epoch 1" in words


def test_a_half_written_run_says_what_is_missing(tmp_path: Path, tiny_config: Config) -> None:
    folder = make_run(tmp_path, tiny_config, 20)
    folder.config_snapshot.unlink()
    for path in (folder.epoch_csv, folder.checkpoint_csv, folder.gpu_csv, folder.events, folder.profile_csv):
        path.write_bytes(path.read_bytes()[:-17])
    for path in folder.samples.glob("epoch_00020*"):
        path.write_bytes(path.read_bytes()[:20])
    reader = Reader(write_report(folder).read_text())
    assert "experiment_config.json is missing: the configuration is not known." in reader.words
    assert "1 damaged line is left out of epoch_statistics.csv." in reader.words
    assert "epoch 19" in reader.words


@pytest.mark.parametrize("cut", range(0, 2000, 97))
def test_a_table_cut_anywhere_is_no_crash(tmp_path: Path, tiny_config: Config, cut: int) -> None:
    folder = make_run(tmp_path, tiny_config, 3, latents=1)
    for path in (folder.epoch_csv, folder.checkpoint_csv, folder.resource_csv, folder.gpu_csv, folder.profile_csv):
        path.write_bytes(path.read_bytes()[:cut])
    Reader(write_report(folder).read_text())


def test_several_runs_stand_side_by_side(tmp_path: Path, tiny_config: Config) -> None:
    faster = tiny_config.model_copy(update={"training": tiny_config.training.model_copy(update={"batch_size": 4})})
    make_run(tmp_path / "first", tiny_config, 20)
    make_run(tmp_path / "second", faster, 40)
    page = write_comparison([tmp_path / "first", tmp_path / "second"], tmp_path / "both.html").read_text()
    reader = Reader(page)
    assert all(address.startswith(("data:", "#")) for address in reader.addresses)
    for words in ("first: finished", "second: finished", "training.batch_size", "KAD of real clips"):
        assert words in reader.words, words
    assert "model.model_dim" not in reader.words  # the same in both
    assert len(page) < 10 * MEGABYTE


def test_runs_of_both_architectures_stand_side_by_side_under_both_names(tmp_path: Path, tiny_config: Config) -> None:
    engine = tiny_config.model_copy(update={"model": tiny_config.model.model_copy(update={"architecture": "engine"})})
    for name, config in (("paper", tiny_config), ("engine", engine)):
        make_run(tmp_path / name, config, 10)
    page = write_comparison([tmp_path / "paper", tmp_path / "engine"], tmp_path / "both.html").read_text()
    assert "Wasserstein estimate or score difference" in page
    alone = write_report(RunFolder(tmp_path / "engine")).read_text()
    assert "Wasserstein" not in alone
    for words in ("Score difference", "(R1 + R2) / 2", "not a distance", "includes the energy distance"):
        assert words in alone


def test_the_same_run_twice_is_refused(tmp_path: Path, tiny_config: Config) -> None:
    make_run(tmp_path / "run", tiny_config, 1)
    with pytest.raises(UserError, match="given twice"):
        write_comparison([tmp_path / "run", tmp_path / "run" / "."])


def test_the_verb_makes_pages(cli: RunCli, tmp_path: Path, tiny_config: Config) -> None:
    one = make_run(tmp_path / "one", tiny_config, 3)
    make_run(tmp_path / "two", tiny_config, 3)
    one.epoch_csv.write_text(one.epoch_csv.read_text() + "4,0.")
    result = cli("report", "one")
    assert (result.returncode, result.stderr) == (0, "")
    assert "1 damaged line is left out of epoch_statistics.csv" in result.stdout
    assert one.report.exists()
    assert cli("report", "one", "two").returncode == 0
    assert (tmp_path / "comparison.html").exists()
    (tmp_path / "empty").mkdir()
    failed = cli("report", "empty")
    assert failed.returncode == 2
    assert failed.stderr.startswith("empty holds no run: there is no epochs_statistics/experiment_config.json")
    assert failed.stderr.count("\n") == 1


def test_a_page_goes_where_it_is_asked_for_and_a_folder_is_no_page(tmp_path: Path, tiny_config: Config) -> None:
    make_run(tmp_path / "run", tiny_config, 1)
    report([tmp_path / "run"], tmp_path / "mine.html")
    assert (tmp_path / "mine.html").exists()
    assert not (tmp_path / "run" / "report.html").exists()
    with pytest.raises(UserError, match=r"is a folder: give the name of a file, such as .*report\.html"):
        report([tmp_path / "run"], tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_page_replaces_no_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe is a pipe or a device"):
        report([tmp_path / "run"], tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_what_a_killed_report_left_is_removed(tmp_path: Path, tiny_config: Config) -> None:
    make_run(tmp_path / "run", tiny_config, 1)
    left = tmp_path / "run" / f".report.html.{9**9}-1.partial"
    left.write_text("half")
    report([tmp_path / "run"], None)
    assert not left.exists()


def test_a_report_loads_no_heavy_library() -> None:
    code = "import sys, wavegan_src.cli.report; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "scipy", "matplotlib", "PIL"} & set(loaded)
