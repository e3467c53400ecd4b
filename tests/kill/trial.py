"""One trial: a command is killed, given again until it is through, and compared with an uninterrupted one."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.kill import killing
from tests.kill.checks import damaged, leftovers
from tests.kill.killing import Moment
from tests.kill.scenarios import TRAINED, Result, Scenario, make_inputs
from tests.support.runs import same

MOST_KILLS = 3
LONGEST_DELAY = 0.02  # s after an event: in the middle of a write, or of what follows


@dataclass(frozen=True)
class Reference:
    """What an uninterrupted command comes to, and the number of its events."""

    inputs: Path
    result: Result
    events: int


def inputs_in(folder: Path) -> Path:
    """What all trials start from."""

    def train(place: Path) -> None:
        for command in TRAINED:
            outcome = killing.run(command, place)
            assert outcome.status == 0, outcome.output

    return make_inputs(folder, train)


def reference(scenario: Scenario, inputs: Path, work: Path) -> Reference:
    """Run the command without killing it."""
    folder = _copy(inputs, work)
    outcome = killing.run(scenario.command, folder)
    assert outcome.status == 0, outcome.output
    assert leftovers(folder) == []
    return Reference(inputs, scenario.result(folder), outcome.events)


def trial(scenario: Scenario, expected: Reference, work: Path, chance: random.Random) -> tuple[list[str], int]:
    """Kill the command once to three times, then let it finish; returns what is wrong, and the number of kills."""
    folder = _copy(expected.inputs, work)
    wrong, kills, told = [], 0, ""
    for _ in range(chance.randint(1, MOST_KILLS)):
        delay = chance.uniform(0, LONGEST_DELAY) if chance.random() < 0.5 else 0.0
        moment = Moment(chance.randint(1, expected.events), delay)
        outcome = killing.run(scenario.command, folder, moment)
        told = f"{moment}: status {outcome.status}"
        if outcome.status not in (0, -9):
            wrong.append(f"{told}, {outcome.output[-2000:]}")
        kills += outcome.status == -9
        wrong += [f"{told}: {name} is damaged" for name in damaged(folder)]
    outcome = killing.run(scenario.command, folder)
    if outcome.status != 0:
        return [*wrong, f"{told}, then status {outcome.status}: {outcome.output[-2000:]}"], kills
    wrong += [f"{told}: {name} is left over" for name in leftovers(folder)]
    wrong += [f"{told}: {difference}" for difference in differences(expected.result, scenario.result(folder))]
    return wrong, kills


def differences(expected: Result, found: Result) -> list[str]:
    """What two results differ in, to the last bit."""
    other = [f"{name} is there, or is not" for name in sorted(found.keys() ^ expected.keys())]
    common = [(name, expected[name], found[name]) for name in sorted(found.keys() & expected.keys())]
    return other + [f"{name} differs{_where(*values)}" for name, *values in common if not same(*values)]


def _where(expected: object, found: object) -> str:
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = expected.keys() | found.keys()
        return f" in {sorted(key for key in keys if not same(expected.get(key), found.get(key)))}"
    return ""


def _copy(inputs: Path, work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(inputs, work)
    return work
