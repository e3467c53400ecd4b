import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.discriminator import draw_shifts, phase_shuffle, phase_unshuffle
from wavegan_src.utils.random import keyed_generator


def naive_shuffle(x: torch.Tensor, shifts: list[int]) -> torch.Tensor:
    """Sample by sample, reflecting at both ends without repeating the edge."""
    result = torch.empty_like(x)
    time = x.shape[2]
    for row, shift in enumerate(shifts):
        for t in range(time):
            source = t - shift
            if source < 0:
                source = -source
            if source >= time:
                source = 2 * (time - 1) - source
            result[row, :, t] = x[row, :, source]
    return result


@settings(deadline=None, max_examples=50)
@given(data=st.data(), batch=st.integers(1, 5), channels=st.integers(1, 3), time=st.integers(4, 20))
def test_equals_the_naive_version(data: st.DataObject, batch: int, channels: int, time: int) -> None:
    shifts = data.draw(st.lists(st.integers(-3, 3), min_size=batch, max_size=batch))
    x = torch.arange(batch * channels * time, dtype=torch.float32).reshape(batch, channels, time)
    assert torch.equal(phase_shuffle(x, torch.tensor(shifts)), naive_shuffle(x, shifts))


def test_is_differentiable_twice() -> None:
    x = torch.randn(2, 2, 8, dtype=torch.float64, requires_grad=True)
    shifts = torch.tensor([2, -1])
    assert torch.autograd.gradgradcheck(lambda v: phase_shuffle(v, shifts).square().sum(), x)


def test_shifts_are_uniform_and_independent_per_clip_and_layer() -> None:
    shifts = draw_shifts(5, 20_000, 2, keyed_generator(0, "test"))
    assert shifts is not None
    assert shifts.shape == (5, 20_000)
    for layer in shifts:
        counts = torch.bincount(layer + 2, minlength=5) / 20_000
        assert (counts - 0.2).abs().max() < 0.02
    assert not torch.equal(shifts[0], shifts[1])


def test_zero_turns_it_off() -> None:
    assert draw_shifts(5, 8, 0, keyed_generator(0, "test")) is None


@settings(deadline=None, max_examples=50)
@given(data=st.data(), batch=st.integers(1, 4), channels=st.integers(1, 3), time=st.integers(4, 12))
def test_unshuffle_is_the_adjoint_in_either_layout(data: st.DataObject, batch: int, channels: int, time: int) -> None:
    shifts = torch.tensor(data.draw(st.lists(st.integers(-3, 3), min_size=batch, max_size=batch)))
    x, g = torch.randn(2, batch, channels, time, dtype=torch.float64)
    torch.testing.assert_close((phase_shuffle(x, shifts) * g).sum(), (x * phase_unshuffle(g, shifts)).sum())
    last = x.transpose(1, 2).contiguous().transpose(1, 2)
    assert torch.equal(phase_shuffle(last, shifts), phase_shuffle(x, shifts))
    assert phase_shuffle(last, shifts).transpose(1, 2).is_contiguous()
