"""`python -m tests.fuzz --minutes 10`: random bad input until the time is over; every failure with its number.

`python -m tests.fuzz --case checkpoints:17` runs one case again in this process.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.base import make_base, run_case
from tests.fuzz.worker import KINDS, Worker


def main() -> int:
    """Run cases; the exit status is 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0, help="number of the first case of each kind")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only these kinds")
    parser.add_argument("--case", metavar="KIND:NUMBER", help="run one case again, in this process")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["WAVEGAN_CACHE"] = str(folder / "user_cache")
        make_base(folder / "base")
        if chosen.case:
            kind, _, number = chosen.case.partition(":")
            found = run_case(KINDS[kind], kind, int(number), folder / "base", folder / "case")
            print("\n".join(found) or "passed")
            return int(bool(found))
        return _run(chosen.kind or list(KINDS), chosen.seed, chosen.minutes * 60, folder)


def _run(kinds: list[str], first: int, seconds: float, folder: Path) -> int:
    end, number, failed = time.monotonic() + seconds, first, 0
    worker = Worker(folder)
    while time.monotonic() < end:
        for kind in kinds:
            if found := worker.run(kind, number):
                failed += 1
                print(f"--- --case {kind}:{number}\n" + "\n".join(found), flush=True)
        number += 1
    worker.stop()
    print(f"{(number - first) * len(kinds)} cases, {failed} failed; the most memory was {worker.most:.0f} MiB.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
