"""Which tests take long: measured, kept in a file, marked `slow` by it, and run first.

`make test-quick` leaves them out. `python -m pytest --list-slow` runs the tests and writes the file again; of tests
that were not run, the list says what it said before.
"""

import gc
from collections import Counter
from collections.abc import Collection, Sequence

import pytest

from tests.support.paths import REPOSITORY

LIST = REPOSITORY / "tests" / "slow_tests.txt"
SLOW_SECONDS = 0.2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that measures."""
    parser.addoption("--list-slow", action="store_true", help=f"write tests over {SLOW_SECONDS} s to {LIST.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Measure in the process that hears of all tests, which with pytest-xdist runs none itself."""
    if config.getoption("--list-slow") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measurement(), "wavegan-slow-tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what the list names; cases of a parametrized test are slow together. Then `deal`."""
    slow = listed()
    for item in items:
        if name_of(item.nodeid) in slow:
            item.add_marker(pytest.mark.slow)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = deal(items, {file_of(name) for name in slow}, workers)


def deal(items: Sequence[pytest.Item], slow: Collection[str], workers: int) -> list[pytest.Item]:
    """The tests in an order in which each worker of pytest-xdist begins with files that have slow tests.

    So that at the end none waits for another's slow test. A worker's tests are at first a part of equal size of all, in
    their order; those of a file stay together, since they share what is made for them.

    Args:
        items: all tests, in any order.
        slow: the files that have slow tests.
        workers: how many there are.
    """
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(file_of(item.nodeid), []).append(item)
    first = [tests for file, tests in files.items() if file in slow]
    last = [test for file, tests in files.items() if file not in slow for test in tests]
    hands = [[test for tests in first[number::workers] for test in tests] for number in range(workers)]
    for number in range(workers):
        size = len(items) * (number + 1) // workers - len(items) * number // workers
        missing = max(0, size - len(hands[number]))
        hands[number] += last[:missing]
        del last[:missing]
    return [test for hand in hands for test in hand] + last


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of garbage collection, which otherwise looks at it again and again."""
    gc.collect()
    gc.freeze()


def file_of(nodeid: str) -> str:
    """The file of a test."""
    return nodeid.partition("::")[0]


def listed() -> set[str]:
    """Names in the list."""
    return set(LIST.read_text(encoding="utf-8").splitlines())


def name_of(nodeid: str) -> str:
    """A test without its parameters."""
    return nodeid.partition("[")[0]


class Measurement:
    """Adds up the seconds of each test's cases, with setting up and tearing down."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of a case."""
        self.seconds[name_of(report.nodeid)] += report.duration  # type: ignore[assignment]

    def pytest_sessionfinish(self) -> None:
        """Write the list."""
        slow = {name for name, seconds in self.seconds.items() if seconds > SLOW_SECONDS}
        kept = {name for name in listed() - self.seconds.keys() if (REPOSITORY / name.partition("::")[0]).exists()}
        LIST.write_text("".join(f"{name}\n" for name in sorted(slow | kept)), encoding="utf-8")
