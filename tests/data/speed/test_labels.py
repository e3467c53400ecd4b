import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, write
from tests.support.preparing import run_prepare
from wavegan_src.data.speed.labels import (
    FEW_RECORDINGS,
    SpeedLabels,
    engines_notice,
    engines_of,
    read_engine,
    read_layout,
    read_speed_labels,
)
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.utils.errors import UserError

CURVE = "time_s,rpm,load\n0,1000,0\n1,2000,0.5\n3,4000,1\n"


def test_labels_between_their_points_and_beyond(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CURVE)
    labels = read_speed_labels(tmp_path / "a.wav")
    assert labels is not None
    np.testing.assert_array_equal(
        labels.at(np.array([-1, 0, 0.5, 2, 3, 3.1])), [np.nan, 1000, 1500, 3000, 4000, np.nan]
    )


def test_the_labels_of_a_clip_count_from_its_start() -> None:
    labels = SpeedLabels(np.array([0.0, 1, 3]), np.array([1000.0, 2000, 4000]), np.array([0, 0.5, 1]))
    assert labels.cut(0.5, 1).to_csv() == "time_s,rpm,load\n0,1500,0.25\n0.5,2000,0.5\n1,2500,0.625\n"
    assert labels.cut(2.5, 1).times.tolist() == [0, 0.5]  # the labels end within the clip
    assert not len(labels.cut(3.5, 1).times)
    assert not len(SpeedLabels(labels.times + 9, labels.rpm, labels.load).cut(0, 2).times)  # they begin later


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time_s,rpm\n0,\n", "row 1"),
        ("time_s,rpm\n0,1000\n0,1100\n", "row 2: the time 0 s is not after"),
        ("time_s,rpm\n0,-5\n", "-5 rpm"),
        ("time_s,rpm\n0,1e9\n", "30000"),
        ("time_s,rpm\n0,9\n1,16\n", "up to 16 rpm only, which looks like turns per second"),
        ("time_s,rpm,load\n0,900,0\n1,900,5\n", "row 2 has the load 5: give 0 to 1"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match=says):
        read_speed_labels(tmp_path / "a.wav")


@pytest.mark.parametrize("text", ["", "name,colour\nx,red\n", "time_s,rpm"])
def test_another_table_is_no_labels(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert read_speed_labels(tmp_path / "a.wav") is None
    assert read_speed_labels(tmp_path / "b.wav") is None


def test_an_engine_and_none(tmp_path: Path) -> None:
    assert read_layout(tmp_path) is None
    (tmp_path / "engine.json").write_text('{"cylinders": 2, "strokes": 4, "firing_intervals": [315, 405]}')
    assert read_layout(tmp_path) == EngineLayout(2, 4, (315.0, 405.0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"name": 4}',
        '{"name": " "}',
        '{"name": "golf", "strokes": 2}',
        '{"cylinders": "four"}',
        '{"cylinders": true}',
        '{"cylinders": 0}',
        '{"name": "golf", "cylinder": 4}',
        '{"cylinders": 4, "firing_intervals": 180}',
        "[" * 9999,
    ],
)
def test_an_engine_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "engine.json").write_text(text)
    with pytest.raises(UserError, match=r"engine\.json"):
        read_layout(tmp_path)


def test_a_link_to_nothing_is_no_engine(tmp_path: Path) -> None:
    (tmp_path / "engine.json").symlink_to(tmp_path / "nowhere.json")
    with pytest.raises(UserError, match=r"engine\.json cannot be read"):
        read_engine(tmp_path)


def test_a_folder_and_a_pipe_are_no_engine(tmp_path: Path) -> None:
    (tmp_path / "a" / "engine.json").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "engine.json")
    for name in "ab":
        with pytest.raises(UserError, match=r"engine\.json cannot be read"):
            read_engine(tmp_path / name)


def test_a_name_is_enough(tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text('{"name": "golf"}')
    found = read_engine(tmp_path)
    assert found is not None
    assert (found.name, found.layout) == ("golf", None)
    assert read_layout(tmp_path) is None
    (tmp_path / "engine.json").write_text('{"name": " golf ", "cylinders": 4}')
    found = read_engine(tmp_path)
    assert found is not None
    assert (found.name, found.layout) == ("golf", EngineLayout(4))


def test_recordings_of_one_name_are_of_one_engine(tmp_path: Path) -> None:
    written = {"a": '{"name": "golf"}', "b": '{"name": "golf", "cylinders": 4}', "c": '{"cylinders": 4}', "d": "["}
    for folder, text in written.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "engine.json").write_text(text)
    sources = ["a/1", "a/2", "b/1", "c/1", "c/2", "d/1", "synthetic"]
    paths = {source: tmp_path / source for source in sources[:-1]}
    recordings = ["1", "2", "3", "4", "4", "golf", "7"]
    found = engines_of(sources, paths, recordings, range(7))
    golf, other = "engine golf", "recording 4"
    assert found == [golf, golf, golf, other, other, "recording golf", "recording 7"]
    assert engines_of(sources, paths, recordings, [2, 5]) == found
    assert not engines_of(sources, paths, recordings, [3, 4, 5, 6])  # no training clip is of one with a name


def test_what_is_said_of_engines() -> None:
    two = engines_notice(["engine golf", "engine golf", "engine polo", "recording 4"], ["1", "2", "3", "4"], range(4))
    assert two == "engine.json names 2 engines of 3 training recordings; each engine is learnt as one."
    one = engines_notice(["engine golf", "engine polo", "recording 4"], ["1", "2", "4"], [0, 2])
    assert one == "engine.json names 1 engine of 1 training recording; each engine is learnt as one."
    hint = engines_notice([], ["1", "1", "2"], range(3))
    assert hint is not None
    assert '{"name": "golf"}' in hint
    assert engines_notice([], ["1", "1", "2"], [0, 1]) is None
    many = [str(number) for number in range(FEW_RECORDINGS + 1)]
    assert engines_notice([], many, range(len(many))) is None


def test_prepare_carries_labels_to_the_clips(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    write(raw / "a" / "one.wav", noise(2))
    write(raw / "b" / "two.wav", noise(2))
    (raw / "a" / "one.csv").write_text("time_s,rpm\n0,1000\n10,2000\n")
    (raw / "a" / "engine.json").write_text('{"cylinders": 4}')
    (raw / "b" / "engine.json").write_text('{"name": "golf"}')
    (raw / "b" / "two.csv").write_text("time_s,rpm\n0,\n")
    notices: list[str] = []
    run_prepare(raw, out, notify=notices.append)
    clips = sorted(out.rglob("one_*.wav"))
    assert clips
    for clip in clips:
        labels = read_speed_labels(clip)
        assert labels is not None
        offset = float(clip.stem.rpartition("_")[2])
        assert labels.at(np.array([0.0]))[0] == pytest.approx(1000 + 100 * offset)
    assert read_layout(clips[0].parent) == EngineLayout(4)
    assert any("two.wav: its labels are left out" in notice for notice in notices)
    assert not list(out.rglob("two*.csv"))
    named = read_engine(next(out.rglob("two_*.wav")).parent)
    assert named is not None
    assert named.name == "golf"


def test_prepare_follows_changed_labels(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    write(raw / "a.wav", noise(1))
    write(raw / "b.wav", noise(1))
    run_prepare(raw, out)
    assert not list(out.glob("*/*/*.csv"))
    (raw / "a.csv").write_text("time_s,rpm\n0,1000\n10,1000\n")
    assert run_prepare(raw, out).resumed == 1
    assert list(out.glob("*/a/*.csv"))
    (raw / "a.csv").unlink()
    run_prepare(raw, out)
    assert not list(out.glob("*/*/*.csv"))
