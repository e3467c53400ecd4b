import math

import pytest

from wavegan_src.metrics import PARTS, PROFILE_COLUMNS
from wavegan_src.report.time_use import critic_shares, shares


def profile() -> dict[str, list[float]]:
    table = {name: [0.0, 0.0, 0.0] for name in PROFILE_COLUMNS}
    table |= {"epoch": [1, 2, 3], "critic_seconds": [6.0, 6.0, 6.0], "generator_seconds": [2.0, 2.0, 2.0]}
    table |= {"evaluation_seconds": [0.0, 0.0, 6.0], "total_seconds": [8.0, 8.0, 14.0]}
    table |= {"critic_forward_seconds": [2.0] * 3, "critic_penalty_seconds": [3.0] * 3}
    return table | {f"critic_{part}_seconds": [math.nan] * 3 for part in ("backward", "optimiser", "all_reduce")}


def test_shares_are_of_the_whole_run() -> None:
    found = {share.name: share for share in shares(profile())}
    assert len(found) == len(PARTS) + 1
    assert found["critic's steps"].percent == pytest.approx(60)
    assert found["evaluation at checkpoints"].percent == pytest.approx(20)
    assert (found["evaluation at checkpoints"].per_epoch, found["evaluation at checkpoints"].seconds) == (0, 6)
    assert sum(share.percent for share in found.values()) == pytest.approx(100)


def test_times_that_no_clock_measures_are_left_out() -> None:
    odd = profile() | {"data_seconds": [math.inf, -3600.0, 1.0], "total_seconds": [8.0, -1e12, 14.0]}
    found = {share.name: share for share in shares(odd)}
    assert found["waiting for data"].seconds == 1
    assert all(share.percent >= 0 for share in found.values())


def test_parts_of_the_critics_step_have_a_rest_and_what_was_not_measured_is_left_out() -> None:
    found = critic_shares(profile())
    assert [(share.name, share.seconds) for share in found] == [
        ("forward passes", 6),
        ("gradient penalty", 9),
        ("rest of the step", 3),
    ]
    assert critic_shares({"epoch": [1], "critic_seconds": [1.0]}) == []


def test_nothing_measured_is_nothing_shown() -> None:
    assert shares({}) == []
