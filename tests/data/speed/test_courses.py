"""Courses of clips: from labels, from what is heard, kept in the cache, measured anew where something changed."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.pulse_trains import RATE, evenly, pulse_train, ramp, steady
from wavegan_src.data.batch import CONDITIONS, LEVEL, LOAD, LOAD_KNOWN, POINTS, SPEED, SPEED_KNOWN
from wavegan_src.data.clips.cache import CachedClips, open_or_build
from wavegan_src.data.encoding import EncodedClips, spill_file
from wavegan_src.data.speed import courses as module
from wavegan_src.data.speed.courses import COURSES_VERSION, course_notice, courses
from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.clips import FULL_SCALE
from wavegan_src.dsp.order_tracking.tracker import track
from wavegan_src.utils.progress import no_progress

SECONDS = 1
LABELS = "time_s,rpm,load\n0,1200,0\n1,2400,0.5\n2,4800,1\n"


def test_labels_say_what_clips_do(tmp_path: Path) -> None:
    """Between their points, from where each clip begins."""
    found = _measured(tmp_path, labels=LABELS)[:2]
    times = np.linspace(0, 1, POINTS)
    np.testing.assert_allclose(found[0, SPEED], np.log2((1200 + 1200 * times) / 120), atol=1e-5)
    np.testing.assert_allclose(found[1, SPEED], np.log2((2400 + 2400 * times) / 120), atol=1e-5)
    np.testing.assert_allclose(found[:, LOAD], [0.5 * times, 0.5 + 0.5 * times], atol=1e-6)
    assert (found[:, [SPEED_KNOWN, LOAD_KNOWN]] == 1).all()


def test_what_is_kept_is_of_this_order_tracking() -> None:
    """If tracking answers otherwise than here, raise `COURSES_VERSION`, or kept courses will be of the old tracking."""
    sound = pulse_train(ramp(1000, 2200, 0.8), evenly(4), (1, 0.6, 0.8, 0.7))
    noise = 0.3 * sound.std() * np.random.default_rng(0).standard_normal(len(sound))
    found = track(sound + noise, RATE)
    seen = (np.median(found.spacing), found.confidence.mean(), *(each.probability for each in found.readings[:2]))
    assert COURSES_VERSION == 4
    assert seen == pytest.approx((49.461, 0.7596, 0.76, 0.0897), rel=2e-3)


def test_a_two_stroke_engine_has_a_cycle_every_turn(tmp_path: Path) -> None:
    four = _measured(tmp_path / "four", labels=LABELS)
    two = _measured(tmp_path / "two", labels=LABELS, engine='{"cylinders": 2, "strokes": 2}')
    np.testing.assert_allclose(two[:2, SPEED], four[:2, SPEED] + 1, atol=1e-5)


@pytest.mark.parametrize("labels", ["time_s,rpm\n0,1500\n0.5,1500\n", "time_s,rpm\n0,0\n3,0\n"])
def test_where_labels_end_or_the_engine_stands_the_speed_is_unknown(tmp_path: Path, labels: str) -> None:
    """And nothing is heard into it: labels are what the user knows."""
    found = _measured(tmp_path, labels=labels)[:2]
    assert not found[:, [SPEED, SPEED_KNOWN, LOAD, LOAD_KNOWN]].any()


def test_without_labels_the_speed_is_heard_where_there_is_one(tmp_path: Path) -> None:
    found = _measured(tmp_path, engine='{"cylinders": 4}')
    assert found[:, SPEED_KNOWN].tolist() == [[1] * POINTS] * 2 + [[0] * POINTS]  # the last clip is noise
    np.testing.assert_allclose(np.exp2(found[:2, SPEED]) * 120, 1500, rtol=0.01)
    assert (found[:2, LOAD_KNOWN] == 1).all()
    assert not found[2, [SPEED, LOAD, LOAD_KNOWN]].any()


def test_effort_is_of_the_levels_before_clips_were_brought_to_one(tmp_path: Path) -> None:
    """The second clip was twice as loud in its recording, 6 dB, and so each is 3 dB from the usual."""
    found = _measured(tmp_path, engine='{"cylinders": 4}')
    efforts = found[:2, LOAD].mean(1)
    assert efforts[0] < 0.45
    assert efforts[1] > 0.55
    levels = found[:2, LEVEL].mean(1)
    assert levels[1] - levels[0] == pytest.approx(math.log(2), abs=0.02)
    assert levels[1] == pytest.approx(math.log(0.2), abs=0.1)


def test_silence_that_a_recorder_left_is_no_effort(tmp_path: Path) -> None:
    labels = "time_s,rpm\n0,1500\n9,1500\n"
    whole = _measured(tmp_path / "whole", labels=labels)
    begun = _measured(tmp_path / "begun", labels=labels, silent_s=0.045)
    assert begun[0, LEVEL, 0] < whole[0, LEVEL, 0] - 2
    np.testing.assert_allclose(begun[:2, LOAD], whole[:2, LOAD], atol=0.01)


def test_labels_without_load_leave_it_to_the_level(tmp_path: Path) -> None:
    found = _measured(tmp_path, labels="time_s,rpm\n0,1500\n9,1500\n")
    assert (found[:2, LOAD_KNOWN] == 1).all()
    assert found[0, LOAD].mean() < found[1, LOAD].mean()


def test_what_is_kept_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _measured(tmp_path, engine='{"cylinders": 4}')
    monkeypatch.setattr(module, "track_clips", _never)
    assert np.array_equal(_measured(tmp_path, engine='{"cylinders": 4}'), first)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "shape", "nan", "pickle"])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, damage: str) -> None:
    first = _measured(tmp_path, labels=LABELS, tracked=False)
    (path,) = (tmp_path / "clips" / "key").glob("courses-*.npy")
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("no array")
    else:
        other: dict[str, Any] = {
            "shape": first[:1],
            "nan": np.full_like(first, np.nan),
            "pickle": np.array([None]),
        }
        np.save(path, other[damage])
    assert np.array_equal(_measured(tmp_path, labels=LABELS, tracked=False), first)
    assert path.read_bytes() == whole


def test_changed_labels_or_engines_are_measured_anew(tmp_path: Path) -> None:
    first = _measured(tmp_path, labels=LABELS, tracked=False)
    faster = _measured(tmp_path, labels=LABELS.replace("1200", "1800"), tracked=False)
    two = _measured(tmp_path, labels=LABELS, engine='{"cylinders": 1, "strokes": 2}', tracked=False)
    assert not np.array_equal(first, faster)
    assert not np.array_equal(first, two)
    assert np.array_equal(_measured(tmp_path, labels=LABELS, tracked=False, engine=None), first)


def test_labels_that_cannot_be_used_are_told_and_the_engine_heard(tmp_path: Path) -> None:
    notices: list[str] = []
    found = _measured(tmp_path, labels="time_s,rpm\n0,1e9\n", engine='{"cylinders": 4}', notices=notices)
    assert len(notices) == 1
    assert notices[0].startswith("Warning: ")
    assert "30000 rpm" in notices[0]
    assert found[0, SPEED_KNOWN].all()


def test_the_notice_counts_what_is_known() -> None:
    found = np.zeros((3, CONDITIONS, POINTS), np.float32)
    assert "No clip's engine speed" in course_notice(found)
    found[1:, SPEED], found[1:, SPEED_KNOWN] = math.log2(25), 1
    assert course_notice(found) == "The engine's speed is known in 2 of 3 clips: 3000 to 3000 rpm."


def _measured(
    root: Path,
    labels: str | None = None,
    engine: str | None = None,
    notices: list[str] | None = None,
    *,
    tracked: bool = True,
    silent_s: float = 0.0,
) -> F32:
    """Courses of three clips: two of an engine in one recording at 1500 rpm, and noise in another."""
    folder = root / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("engine.csv", labels), ("engine.json", engine)):
        (folder / name).unlink(missing_ok=True)
        if text is not None:
            (folder / name).write_text(text)
    clips = _clips(root, silent_s)
    paths = {name: folder / name for name in clips.index.sources}
    rate = RATE if tracked else 4 * RATE  # clips too short to be tracked, and the same otherwise
    notify = notices.append if notices is not None else print
    return courses(clips, paths, rate, no_progress, notify, 1)


def _clips(root: Path, silent_s: float) -> CachedClips:
    length = SECONDS * RATE

    def produce(folder: Path) -> Iterator[EncodedClips]:
        sound = pulse_train(steady(1500, 3.0), evenly(4), (1, 0.7, 0.85, 0.75))
        part = (0.1 * sound / sound.std()).clip(-1, 1)[length : 2 * length]
        engine = EncodedClips("engine.wav", spill_file(folder))
        for offset, gain in ((0, 1.0), (1, 0.5)):  # the same, but its recording was twice as loud at 1 s
            sound = part.copy()
            sound[: round(silent_s * RATE) * (1 - offset)] = 0
            engine.add((sound * FULL_SCALE).astype(np.int16), float(offset), gain)
        yield engine
        hiss = EncodedClips("hiss.wav", spill_file(folder))
        random = np.random.default_rng(0)
        hiss.add((0.05 * random.standard_normal(length) * FULL_SCALE).astype(np.int16), 0.0, 1.0)
        yield hiss

    return open_or_build(root, "key", length, 10**6, produce)


def _never(*_: object) -> None:
    raise AssertionError("tracked again")
