"""The tables of `benchmarks/reference_points.py`: what is measured, what is not measured again, what is printed."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import reference_points
from benchmarks.judge_blind_spots import FEW, NOISE, ONLY_FEW, REAL
from benchmarks.reference_points import GROUPS, TOLD, given_sets, print_tables
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.result import Bounded

RATE, CLIPS = 16000, 8


def clips() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (CLIPS, 2000)).astype(np.float32)


def test_every_set_has_as_many_clips_and_generated_ones_are_recordings_of_their_own() -> None:
    pool, recordings = clips(), [f"r{index // 2}" for index in range(CLIPS)]
    sets = {title: (made, own) for title, made, own in given_sets(pool, recordings, RATE, {})}
    assert {made.shape for made, _ in sets.values()} == {pool.shape}
    np.testing.assert_array_equal(sets[REAL][0], pool)
    assert sets[REAL][1] == recordings
    assert len(set(sets[NOISE][1])) == CLIPS
    few = np.unique(sets[ONLY_FEW][0], axis=0)
    assert len(few) == FEW
    places = [int(np.flatnonzero((pool == clip).all(axis=1))[0]) for clip in few]
    assert len({recordings[place] for place in places}) == FEW


class CountingScorer:
    """Stands in for the scorer: counts what is asked."""

    asked: list[tuple[str, str]]

    def __init__(self, *_: object) -> None:
        CountingScorer.asked = []

    def score(self, measured: str, names: Sequence[str], *, bounded: bool) -> dict[str, Bounded]:
        assert bounded
        return self._asked("score", measured, names)

    def control(self, measured: str, names: Sequence[str]) -> dict[str, Bounded]:
        return self._asked("control", measured, names)

    def _asked(self, kind: str, measured: str, names: Sequence[str]) -> dict[str, Bounded]:
        self.asked.extend((kind, f"{measured} {name}") for name in names)
        return {name: Bounded(Measurement(name, 0.5, 4), Interval(0.4, 0.6, 100)) for name in names}


def test_what_is_in_the_results_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = np.array([f"r{index // 2}" for index in range(CLIPS)])
    sets: list[tuple[str, str, list[str]]] = [(title, title, []) for title in (REAL, NOISE, "model")]
    for name, value in {
        "read": lambda folder: (clips(), RATE, recordings),
        "given_sets": lambda *_: sets,
        "clip_set": lambda made, *_: made,
        "Scorer": CountingScorer,
    }.items():
        monkeypatch.setattr(reference_points, name, value)
    results = tmp_path / "results.jsonl"
    monkeypatch.setattr("sys.argv", ["reference_points", str(tmp_path), str(results)])
    reference_points.main()
    asked = set(CountingScorer.asked)
    assert all(("control", f"{REAL} {name}") in asked for name in TOLD)  # real sound is told from itself
    assert not {f"{NOISE} {name}" for name in TOLD} & {text for _, text in asked}
    assert ("score", f"{NOISE} kad") in asked
    lines = results.read_text().splitlines()
    assert len(lines) == len({(one["set"], *one["measures"]) for one in map(json.loads, lines)})
    results.write_text("\n".join(lines[:-1]) + "\n")
    reference_points.main()
    last = json.loads(lines[-1])
    assert {text for _, text in CountingScorer.asked} == {f"{last['set']} {name}" for name in GROUPS[-1]}
    assert results.read_text().splitlines() == lines


def test_positions_are_between_noise_and_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def line(title: str, **values: tuple[float | None, float | None, float | None]) -> str:
        keys = ("value", "low", "high")
        measures = {name: dict(zip(keys, each, strict=True)) for name, each in values.items()}
        return json.dumps({"set": title, "measures": measures})

    told = TOLD[0]
    results = tmp_path / "results.jsonl"
    results.write_text(
        "\n".join(
            [
                line(REAL, kad=(1.0, 0.9, 1.1)),
                line(NOISE, kad=(5.0, 4.9, 5.1)),
                line(REAL, **{told: (0.51, 0.4, 0.62)}),
                line("model", kad=(2.0, 1.8, 2.4)),
                line("model", **{told: (0.98, 0.97, 0.99)}),
                line("other", kad=(3.0, None, None)),
            ]
        )
    )
    print_tables(results)
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["measure", REAL, NOISE, "model", "other"]
    assert rows[2][1:] == ["1", "5", "2, **75%** (65% to 80%)", "3"]  # a measure that was not taken has no row
    assert rows[4] == ["told apart by", "real against real", "model", "other"]
    assert rows[6][1:] == ["0.51 (0.40 to 0.62)", "0.98 (0.97 to 0.99)", "–"]
