"""Recordings with curves: which is held out, and what training reads of the others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.labelled_takes import choose_held, with_load, write_training
from tests.support.takes import tone
from wavegan_src.data.speed.labels import read_speed_labels


def test_the_recording_that_the_others_cover_is_held_out_unless_another_is_asked_for() -> None:
    ramp = replace(tone("S_1", 1, 1000), rpm=np.array([1000.0, 2000.0]), load=np.array([-50.0, 100.0]))
    takes = [ramp, tone("S_2", 1, 4000, 100), tone("S_3", 1, 2000, 100)]
    held, known = choose_held(takes, "")
    assert (held.name, [take.name for take in known]) == ("S_3", ["S_1", "S_2"])
    assert choose_held(takes, "1")[0].name == "S_1"
    with pytest.raises(SystemExit):
        choose_held(takes, "7")


def test_training_reads_the_torque_as_a_load(tmp_path: Path) -> None:
    takes = [tone("S_1", 1, 1000, -50), tone("S_2", 1, 2000, 150)]
    low, high = write_training(takes, tmp_path)
    for take, load in zip(takes, (0, 1), strict=True):
        labels = read_speed_labels(tmp_path / f"{take.name}.wav")
        assert labels is not None
        assert labels.load.tolist() == [load, load]
        assert labels.rpm.tolist() == take.rpm.tolist()
    assert with_load(tone("S_3", 1, 1500, 300), low, high).load.tolist() == [1, 1]
