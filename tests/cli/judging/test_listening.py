import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.cli import RunCli
from tests.support.listening import answers, save, small_design

SCORES = {"hidden reference": 100, "3.5 kHz low-pass": 40, "shaped noise": 5, "ours": 70, "theirs": 60}


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    random = np.random.default_rng(0)
    for name in ("real", "made/here", "made/there"):
        (tmp_path / name).mkdir(parents=True)
        for number in range(3):
            sound = 0.1 * random.standard_normal(8000)
            soundfile.write(tmp_path / name / f"{number}.wav", sound, 8000)
    return ["real", "made/here", "made/there"]


def test_folders_become_a_page_and_the_seed_decides(cli: RunCli, folders: list[str], tmp_path: Path) -> None:
    options = ("--sample-rate", "8000", "--seconds", "1", "--trials", "2", "--abx", "1")
    for out in ("one", "two"):
        done = cli("listening-test", *folders, *options, "--out", out)
        assert done.returncode == 0, done.stderr
        assert "2 rating and 2 ABX trials" in done.stdout
        assert f"--analyse ANSWERS.json ... --out {out}" in done.stdout
    pages = [(tmp_path / out / "listening_test.html").read_bytes() for out in ("one", "two")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["real"], "listening-test REAL GENERATED"),
        (["real", "nowhere"], "nowhere"),
        (["real", "made/here", "--trials", "0", "--abx", "0"], "--trials or --abx"),
        (["real", "--analyse"], "real"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    arguments: list[str], words: str, cli: RunCli, folders: list[str]
) -> None:
    done = cli("listening-test", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_answers_become_a_table_a_picture_and_figures(cli: RunCli, tmp_path: Path) -> None:
    design = small_design()
    good = save(tmp_path / "a.json", answers(design, "Ann", SCORES))
    careless = save(tmp_path / "b.json", answers(design, "Bob", SCORES | {"hidden reference": 50}))
    done = cli("listening-test", "--analyse", str(good), str(careless))
    assert done.returncode == 0, done.stderr
    assert "Left out: Bob" in done.stdout
    folder = tmp_path / "listening_test"
    assert (folder / "listening_results.png").exists()
    found = json.loads((folder / "listening_results.json").read_text())
    means = {one["condition"]: one["mean"] for one in found["conditions"]}
    assert means == SCORES
    assert [one["right"] for one in found["abx"]] == [8, 8]


def test_where_nobody_is_left_it_is_said(cli: RunCli, tmp_path: Path) -> None:
    careless = save(tmp_path / "b.json", answers(small_design(abx=0), "Bob", SCORES | {"hidden reference": 50}))
    done = cli("listening-test", "--analyse", str(careless))
    assert done.returncode == 0, done.stderr
    assert "nobody is left" in done.stdout
