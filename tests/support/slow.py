"""Which tests take long: measured, kept in a file, and marked `slow` by it.

`make test-quick` leaves them out. `python -m pytest --list-slow` runs the tests and writes the file again; of tests
that were not run, the list says what it said before.
"""

from collections import Counter

import pytest

from tests.support.paths import REPOSITORY

LIST = REPOSITORY / "tests" / "slow_tests.txt"
SLOW_SECONDS = 0.5


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that measures."""
    parser.addoption("--list-slow", action="store_true", help=f"write tests over {SLOW_SECONDS} s to {LIST.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Measure in the process that hears of all tests, which with pytest-xdist runs none itself."""
    if config.getoption("--list-slow") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measurement(), "wavegan-slow-tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the list names; cases of a parametrized test are slow together."""
    slow = listed()
    for item in items:
        if name_of(item.nodeid) in slow:
            item.add_marker(pytest.mark.slow)


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
