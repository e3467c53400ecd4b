import pytest
import torch

from wavegan_src.utils.processes.group import ALONE, Group, Share


def group(rank: int, size: int) -> Group:
    found = Group()
    found.rank, found.size = rank, size
    return found


@pytest.mark.parametrize("clips", [4, 6, 7, 128])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_shares_are_the_whole_batch_in_order_and_differ_by_at_most_one(clips: int, size: int) -> None:
    shares = [group(rank, size).share(clips) for rank in range(size)]
    places = [place for share in shares for place in range(clips)[share.rows]]
    assert places == list(range(clips))
    sizes = [share.stop - share.first for share in shares]
    assert max(sizes) - min(sizes) <= 1
    assert sum(share.weight for share in shares) == pytest.approx(1)


@pytest.mark.parametrize("clips", [4, 6, 16])
@pytest.mark.parametrize("size", [1, 3, 4])
def test_every_fourth_clip_is_chosen_by_its_place_in_the_whole_batch(clips: int, size: int) -> None:
    chosen, weights = [], []
    for rank in range(size):
        share = group(rank, size).share(clips)
        rows, weight = share.every(4)
        chosen += list(range(clips)[share.rows][rows])
        weights.append(weight)
    assert chosen == list(range(0, clips, 4))
    assert sum(weights) == pytest.approx(1)


def test_alone_nothing_is_exchanged_and_nothing_rounds() -> None:
    rows = torch.rand(3, 2)
    assert ALONE.gather(rows, ALONE.share(3)) is rows
    assert ALONE.share(3) == Share(0, 3, 3)
    assert ALONE.share(3).weight == 1.0
    assert ALONE.is_first
    assert ALONE.collect("mine") == ["mine"]
    assert ALONE.largest([3, 1]) == [3, 1]
    assert ALONE.from_first(lambda: 5) == ALONE.first_on_machine(lambda: 5) == 5
    assert ALONE.split(lambda own, items: [own + item for item in items], [1, 2], 10) == [11, 12]
