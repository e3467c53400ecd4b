"""Speed of the synthesiser: python -m benchmarks.synth_speed (set OMP_NUM_THREADS=1 for one thread)."""

import time

from wavegan_src.data.synth.engines import CLASSES, STATES
from wavegan_src.data.synth.render import render

ROUNDS = 8
SECONDS = 2.0


def main() -> None:
    """Print seconds of audio per second of CPU time, for each class and for all together."""
    render("car_petrol", "idle", 0)  # first use: imports and FFT plans
    total = 0.0
    for engine_class in CLASSES:
        begin = time.process_time()
        for seed in range(ROUNDS):
            for state in STATES:
                render(engine_class, state, seed, seconds=SECONDS)
        spent = time.process_time() - begin
        total += spent
        print(f"{engine_class:14} {ROUNDS * len(STATES) * SECONDS / spent:6.1f} s of audio per CPU second")
    print(f"{'all':14} {len(CLASSES) * ROUNDS * len(STATES) * SECONDS / total:6.1f} s of audio per CPU second")


if __name__ == "__main__":
    main()
