import pytest

from wavegan_src.utils.processes import heartbeat
from wavegan_src.utils.processes.heartbeat import SILENT_S, Heartbeat

NAMES = ["Process 0 on a", "Process 1 on a", "Process 2 on b"]


class Shelf:
    """A store within this process; broken ones raise what PyTorch's raise."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.broken = False

    def set(self, key: str, value: str, /) -> None:
        self._reach()
        self.values[key] = value

    def get(self, key: str, /) -> bytes:
        self._reach()
        return self.values[key].encode()

    def check(self, keys: list[str], /) -> bool:
        self._reach()
        return all(key in self.values for key in keys)

    def _reach(self) -> None:
        if self.broken:
            raise RuntimeError("Connection reset by peer")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(heartbeat, "time", found)
    return found


def test_all_beat_and_nothing_is_wrong(clock: Clock) -> None:
    store = Shelf()
    beats = [Heartbeat(store, rank, NAMES) for rank in range(3)]
    for _ in range(100):
        assert [beat.beat() for beat in beats] == [None] * 3
        clock.now += SILENT_S / 2


def test_a_silent_neighbour_is_named_to_all(clock: Clock) -> None:
    store = Shelf()
    beats = [Heartbeat(store, rank, NAMES) for rank in range(3)]
    assert [beat.beat() for beat in beats] == [None] * 3
    assert beats[1].beat() is None  # has seen the beat of process 2, which now stops
    clock.now += SILENT_S - 1
    assert [beat.beat() for beat in beats[:2]] == [None] * 2
    clock.now += 2
    assert beats[0].beat() is None
    word = "Process 2 on b has not been heard of for 30 s"
    assert beats[1].beat() == word
    assert beats[0].beat() == word


def test_a_process_that_fails_leaves_word_and_the_first_one_counts(clock: Clock) -> None:
    store = Shelf()
    first, second, third = (Heartbeat(store, rank, NAMES) for rank in range(3))
    second.leave_word()
    third.leave_word()
    assert first.beat() == third.word() == "Process 1 on a has ended"


def test_a_store_that_is_gone_means_that_the_first_process_is(clock: Clock) -> None:
    store = Shelf()
    found = Heartbeat(store, 2, NAMES)
    store.broken = True
    assert found.beat() == "Process 0 on a, or torchrun there, cannot be reached"
    assert found.word() is None
    found.leave_word()
