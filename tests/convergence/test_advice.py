"""Every state, and every way in which a run goes on or ends: what is advised can be done, and leads somewhere."""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.support.convergence import steady_run, write_columns
from wavegan_src.convergence.advice import HOPELESS, HOW_TO_GO_ON, ONCE_OVER, WHILE_RUNNING, advice
from wavegan_src.convergence_detector import State, Verdict, replay
from wavegan_src.report.status import read_status, to_lines
from wavegan_src.report.verdicts import verdicts
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import Phase, RunRecord, phase

Series = dict[str, Any]
COUNT = 30
ENDINGS: dict[Phase, dict[str, Any]] = {
    Phase.RUNNING: {},
    Phase.FINISHED: {"stopped_by": "finished"},
    Phase.STOPPED: {"stopped_by": "signal"},
    Phase.EARLY: {"stopped_by": "early stopping: diverging"},
    Phase.BROKEN: {"stopped_by": "error"},
    Phase.KILLED: {"started": 1.0},
}
FALL = np.concatenate([np.linspace(60, 10, 8), np.full(COUNT - 8, 10.0)])
RISE = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 16, COUNT - 12)])
SERIES: dict[State, Series] = {
    State.WARMING_UP: {"kad": [1.0] * COUNT},
    State.LEARNING: {"kad": np.linspace(60, 10, COUNT)},
    State.CONVERGED: {"kad": FALL},
    State.PLATEAU: {},
    State.OSCILLATING: {"kad": 20 * (1 + 0.8 * np.sin(np.arange(COUNT) * 2))},
    State.MODE_COLLAPSE: {"diversity": np.where(np.arange(COUNT) < 15, 0.9, 0.1)},
    State.OVERFITTING: {"kad": RISE, "critic_real_validation": np.full(COUNT, -1.0)},
    State.DIVERGING: {"gradient_penalty": np.full(COUNT, 1e4)},
    State.MIXED: {"kad": np.linspace(2, 6, COUNT), "logmel_frechet": np.linspace(1000, 500, COUNT)},
}


def test_every_state_and_every_ending_has_words() -> None:
    names = {None, *(state.name for state in State)}
    assert set(WHILE_RUNNING) == set(ONCE_OVER) == names
    assert set(HOW_TO_GO_ON) == set(Phase) - {Phase.RUNNING}


def tables(state: State, series: dict[State, Series]) -> tuple[Series, Series]:
    few = state == State.WARMING_UP
    return steady_run(
        3 if few else COUNT, **{name: values[:3] if few else values for name, values in series[state].items()}
    )


ENGINE_SERIES = SERIES | {State.DIVERGING: {"critic_loss": np.full(COUNT, 1e6)}}


@pytest.mark.parametrize("architecture", ["wavegan", "engine"])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("state", State)
def test_status_and_report_advise_what_can_be_done(
    state: State, ending: Phase, architecture: str, tmp_path: Path
) -> None:
    epochs, checkpoints = tables(state, ENGINE_SERIES if architecture == "engine" else SERIES)
    folder = RunFolder(tmp_path)
    folder.create()
    write_columns(folder.epoch_csv, epochs)
    write_columns(folder.checkpoint_csv, checkpoints)
    own = {"pid": os.getpid(), "host": socket.gethostname(), "started": psutil.Process().create_time()}
    folder.run_record.write_text(json.dumps(own | ENDINGS[ending]))
    snapshot = {"model": {"architecture": architecture}, "training": {"epochs": 1000}, "output": {}}
    folder.config_snapshot.write_text(json.dumps(snapshot))
    found = read_status(tmp_path)
    assert found.state == state
    assert found.advice == advice(state.name, ending, architecture)
    in_report = "\n".join(
        verdicts(
            epochs,
            checkpoints | {"generated_rms_db": [-20.0] * len(checkpoints["epoch"])} | unmeasured(checkpoints),
            primary="kad",
            phase=ending,
            architecture=architecture,
        )
    )
    assert found.advice in in_report
    makes_sense(found.advice, state, ending)
    if architecture == "engine":
        fits_the_engine_model(in_report)
        fits_the_engine_model("\n".join(to_lines(found)))


def fits_the_engine_model(told: str) -> None:
    """Nothing of a distance, of slopes of 1, of weights near 10, or of a size that it does not have."""
    for wrong in ("Wasserstein", "n_critic", "slope", "larger model"):
        assert wrong not in told
    assert re.search(r"gp_weight \(?\d", told) is None


def unmeasured(checkpoints: Series) -> Series:
    nothing = [float("nan")] * len(checkpoints["epoch"])
    return dict.fromkeys(("logmel_frechet_noise", "logmel_frechet_real", "kad_real", "compared_clips"), nothing)


def makes_sense(told: str, state: State, ending: Phase) -> None:
    """What may be told of a run of this kind, and what may not."""
    if ending == Phase.RUNNING:
        assert "same command" not in told
        return
    assert "wait" not in told
    assert "keep training" not in told
    assert ("same command resumes" in told) == (
        ending in (Phase.STOPPED, Phase.KILLED, Phase.BROKEN) and state.name not in HOPELESS
    )
    if ending == Phase.FINISHED:
        assert ("--epochs" in told) == (state in (State.WARMING_UP, State.LEARNING))
    else:
        assert "--epochs" not in told  # more of them are not what it takes
    if state in (State.CONVERGED, State.PLATEAU, State.OSCILLATING, State.OVERFITTING):
        assert told.startswith("use the best model (--generate-only N")
    if state.name in HOPELESS:
        assert told.startswith("restart")
        assert "--fresh" in told


@pytest.mark.parametrize("ending", Phase)
def test_a_run_without_a_row(ending: Phase) -> None:
    told = advice(None, ending)
    assert ("wait" in told) == (ending == Phase.RUNNING)


def test_a_verdict_keeps_its_figures_when_its_run_ends() -> None:
    verdict: Verdict = replay(*steady_run(COUNT))[-1]
    over = verdict.after(Phase.FINISHED)
    assert (over.state, over.reason, over.since) == (verdict.state, verdict.reason, verdict.since)
    assert over.sentence.endswith(advice(verdict.state.name, Phase.FINISHED))


def test_phases_of_a_run() -> None:
    gone = RunRecord(pid=os.getpid(), host=socket.gethostname(), started=1.0)
    elsewhere = RunRecord(pid=1, host="elsewhere", started=1.0)
    assert phase(None, 10, 10) == Phase.FINISHED
    assert phase(None, 9, 10) == phase(None, 9, None) == Phase.UNKNOWN
    assert phase(gone, 10, 10) == Phase.KILLED  # it may have had its final model to write
    assert phase(elsewhere, 9, 10) == Phase.RUNNING
