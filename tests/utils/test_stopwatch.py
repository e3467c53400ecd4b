import pytest

from wavegan_src.utils.stopwatch import OFF, UNWATCHED, Stopwatch, split_unwatched


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_parts_add_up_and_inner_ones_count_within_outer_ones() -> None:
    clock = Clock()
    stopwatch = Stopwatch(clock=clock)
    for _ in range(2):
        with stopwatch("critic"):
            clock.now += 1
            with stopwatch("optimiser"):
                clock.now += 3
        clock.now += 5
    assert stopwatch.so_far() == (18, {"critic.optimiser": 6, "critic": 8})
    assert stopwatch.lap() == (18, {"critic.optimiser": 6, "critic": 8})
    assert stopwatch.lap() == (0, {})


def test_a_part_that_raises_is_closed() -> None:
    clock = Clock()
    stopwatch = Stopwatch(clock=clock)

    def fail() -> None:
        with stopwatch("critic"):
            clock.now += 2
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    with stopwatch("data"):
        clock.now += 1
    assert stopwatch.lap() == (3, {"critic": 2, "data": 1})


def test_a_part_waits_for_the_device_unless_it_is_unwatched() -> None:
    clock = Clock()

    def device() -> None:
        clock.now += 10

    stopwatch = Stopwatch(wait=device, clock=clock)
    with stopwatch("critic"):
        clock.now += 1
    with stopwatch(UNWATCHED), stopwatch("forward"):
        clock.now += 1
    _, seconds = stopwatch.lap()
    assert seconds == {"critic": 11, UNWATCHED: 1, f"{UNWATCHED}.forward": 1}


def test_unwatched_time_is_split_like_the_watched_and_the_sum_stays() -> None:
    seconds = {"data": 1.0, "critic": 6.0, "critic.penalty": 3.0, "generator": 3.0, "checkpoint": 4.0, UNWATCHED: 90.0}
    split = split_unwatched(seconds, ("data", "critic", "generator"))
    assert split == pytest.approx(
        {"data": 10.0, "critic": 60.0, "critic.penalty": 30.0, "generator": 30.0, "checkpoint": 4.0}
    )


def test_off_makes_nothing() -> None:
    assert OFF("forward") is OFF("backward")


def test_parts_are_labelled_where_a_profiler_listens() -> None:
    from contextlib import contextmanager

    seen: list[str] = []

    @contextmanager
    def label(name: str):  # type: ignore[no-untyped-def]
        seen.append(name)
        yield
        seen.append(f"/{name}")

    stopwatch = Stopwatch()
    with stopwatch("silent"):
        stopwatch.label = label
    with stopwatch("critic"):
        pass
    assert seen == ["critic", "/critic"]
