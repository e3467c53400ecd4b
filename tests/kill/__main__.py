"""`python -m tests.kill --count 60`: kill commands at seeded random moments, and see whether they come to the same."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.kill.scenarios import SCENARIOS
from tests.kill.trial import inputs_in, reference, trial


def main() -> int:
    """Run the trials in turn; the exit status says whether all went well."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="number of trials")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--only", choices=[scenario.name for scenario in SCENARIOS], help="one command only")
    options = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if options.only in (None, scenario.name)]
    chance = random.Random(options.seed)
    faults = kills = 0
    with tempfile.TemporaryDirectory() as place:
        inputs = inputs_in(Path(place) / "inputs")
        expected = {scenario.name: reference(scenario, inputs, Path(place) / "work") for scenario in chosen}
        for number in range(options.count):
            scenario = chosen[number % len(chosen)]
            wrong, killed = trial(scenario, expected[scenario.name], Path(place) / "work", chance)
            kills += killed
            faults += bool(wrong)
            print(f"{number + 1}/{options.count} {scenario.name}: {'; '.join(wrong) or 'the same'}", flush=True)
    print(f"{options.count} trials, {kills} kills, {faults} with faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
