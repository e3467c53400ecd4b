import pytest
import torch

from wavegan_src.trainer.log import RunningMeans


def test_running_means_equal_plain_means_and_survive_a_checkpoint() -> None:
    values = torch.randn(7, 2)
    whole, first = RunningMeans(), RunningMeans()
    for row in values:
        whole.add(row.unbind())
    for row in values[:3]:
        first.add(row.unbind())
    second = RunningMeans()
    second.load_state_dict(first.state_dict(), torch.device("cpu"))
    for row in values[3:]:
        second.add(row.unbind())
    assert whole.means(("a", "b")) == second.means(("a", "b"))
    expected = values.double().mean(0).tolist()
    assert list(whole.means(("a", "b")).values()) == pytest.approx(expected)


def test_nothing_added_is_not_zero() -> None:
    assert RunningMeans().means(("a",)) == {"a": None}
