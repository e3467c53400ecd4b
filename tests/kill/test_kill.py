"""A taste of `python -m tests.kill`."""

import json
import random
from pathlib import Path

import pytest
import torch

from tests.kill.scenarios import SCENARIOS, Scenario
from tests.kill.trial import differences, reference, trial
from tests.support.audio import LENGTH, RATE, SECONDS, tree_bytes, write_tree


@pytest.fixture
def prepare(tmp_path: Path) -> Scenario:
    """The cheapest scenario, in the folder `inputs`."""
    write_tree(tmp_path / "inputs" / "raw")
    (tmp_path / "inputs" / "tmp").mkdir()
    (tmp_path / "inputs" / "run.json").write_text(
        json.dumps({"audio": {"sample_rate": RATE, "audio_length_seconds": SECONDS, "audio_length_samples": LENGTH}})
    )
    return next(scenario for scenario in SCENARIOS if scenario.name == "prepare")


def test_a_killed_command_comes_to_the_same(prepare: Scenario, tmp_path: Path) -> None:
    expected = reference(prepare, tmp_path / "inputs", tmp_path / "work")
    assert expected.events > 10
    assert expected.result == tree_bytes(tmp_path / "work" / "out")
    assert trial(prepare, expected, tmp_path / "work", random.Random(1))[0] == []


def test_what_differs_is_told() -> None:
    expected = {"a.csv": [{"x": "1"}], "b.wav": b"1", "c.tar": {"w": torch.ones(2), "epoch": 1}}
    assert differences(expected, dict(expected)) == []
    found = {"a.csv": [{"x": "1"}], "c.tar": {"w": torch.tensor([1.0, 1.0 + 2e-7]), "epoch": 1}}
    assert differences(expected, found) == ["b.wav is there, or is not", "c.tar differs in ['w']"]
