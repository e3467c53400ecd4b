import pytest
import torch

from wavegan_src.config_schema import AudioConfig, ModelConfig
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.looping import CircularNoise, crank, render_loop, render_swinging_loop
from wavegan_src.models.drive.synthesis import MARGIN, convolve, limit

HOP = 64


@pytest.fixture(scope="module")
def generator() -> DriveGenerator:
    torch.manual_seed(0)
    found = DriveGenerator(ModelConfig(architecture="drive", latent_dim=8, model_dim=12), AudioConfig())
    found.mean_spectrum.data.copy_(torch.linspace(0, -5, len(found.mean_spectrum)))
    return found.eval().requires_grad_(False)


def test_noise_goes_round_in_a_circle() -> None:
    noise = CircularNoise(torch.ones(8), frames=50, hop=HOP)
    assert torch.equal(noise.white(-100, 200), noise.white(50 * HOP - 100, 50 * HOP + 200))
    for step in (8.0, 19.3, 400.0):
        there = noise.wandering("flutter", 3, step, -5, 60)
        assert torch.equal(there[..., :6], noise.wandering("flutter", 3, step, 45, 50))
        steps = there.diff(dim=-1).abs().max()
        assert steps <= 8 / max(2, min(step, 25)), "no jump anywhere"


def test_the_jump_at_the_seam_is_one_as_any_other(generator: DriveGenerator) -> None:
    latent, frames, cycles = torch.randn(8, generator=torch.Generator().manual_seed(3)), 120, 9
    loop = render_loop(generator, latent, 0.5, cycles, frames)
    assert loop.shape == (frames * HOP,)
    assert torch.isfinite(loop).all()
    assert loop.abs().max() <= 1
    jumps = torch.cat([loop, loop[:1]]).diff().abs()
    assert jumps[-1] <= jumps[:-1].quantile(0.999)


def test_it_is_the_period_of_a_sound_that_goes_on_for_ever(generator: DriveGenerator) -> None:
    """Three turns rendered in a row, filtered in a line: the middle one is the loop."""
    latent, frames, cycles = torch.full((8,), 0.3), 100, 10
    loop = render_loop(generator, latent, 1.0, cycles, frames)
    noise, engine = CircularNoise(latent, frames, HOP), generator.engine(latent[None])
    once = crank(noise, cycles, generator, torch.zeros(frames))[:, MARGIN : MARGIN + frames]
    turns = torch.cat([once + turn * cycles for turn in range(-1, 5)], 1)[:, frames - MARGIN : 4 * frames + MARGIN + 1]
    speed = torch.tensor([[cycles * generator.sample_rate / (frames * HOP)]]).log2()
    course = Course(speed, torch.ones(1, 1))
    raw = generator.excite(engine, course.frames, noise, turns, 0, generator.loudest())
    second = 2 * frames * HOP
    sound = limit(convolve(raw, engine.response))[0, second : second + frames * HOP]
    torch.testing.assert_close(loop, sound, atol=1e-5, rtol=0)


def test_its_speed_is_whole_cycles_in_its_time(generator: DriveGenerator) -> None:
    """Twice as long a loop of the same pulses, without noise and jitter, repeats exactly."""
    quiet = DriveGenerator(ModelConfig(architecture="drive", latent_dim=8, model_dim=12), AudioConfig())
    quiet.load_state_dict(generator.state_dict())
    quiet.noise_level.bias.data.fill_(-20.0)
    cycles, frames = 10, 100
    loop = render_loop(quiet, torch.zeros(8), 0.0, cycles, frames).double()
    lines = torch.fft.rfft(loop).abs().square()
    on_cycles = lines[::cycles].sum() / lines.sum()
    assert on_cycles > 0.5, "most power is at multiples of the cycle"


def test_a_loop_shorter_than_the_filter_is_refused(generator: DriveGenerator) -> None:
    with pytest.raises(ValueError, match="shorter than the filter"):
        render_loop(generator, torch.zeros(8), 0.5, 1, 20)


def test_a_speed_may_swing_if_it_comes_back(generator: DriveGenerator) -> None:
    latent, frames, cycles = torch.full((8,), 0.2), 160, 14
    still = torch.zeros(frames)
    steady = render_swinging_loop(generator, latent, still, still + 0.5, cycles)
    assert torch.equal(steady, render_loop(generator, latent, 0.5, cycles, frames))
    swing = 0.2 * torch.sin(4 * torch.pi * torch.arange(frames) / frames)
    noise = CircularNoise(latent, frames, HOP)
    turned = crank(noise, cycles, generator, swing)[0]
    assert turned[MARGIN + frames] - turned[MARGIN] == pytest.approx(cycles)
    rates = turned[MARGIN : MARGIN + frames + 1].diff().log2()
    jitter = crank(noise, cycles, generator, still)[0, MARGIN : MARGIN + frames + 1].diff().log2()
    torch.testing.assert_close(
        rates - rates.mean(), swing.double() + jitter - (swing + jitter).mean(), atol=1e-6, rtol=0
    )
    loop = render_swinging_loop(generator, latent, swing, (swing > 0).float(), cycles)
    jumps = torch.cat([loop, loop[:1]]).diff().abs()
    assert jumps[-1] <= jumps[:-1].quantile(0.999)
    with pytest.raises(ValueError, match="100 frames are no multiple of 8"):
        render_swinging_loop(generator, latent, still[:100], still[:100], cycles)
