"""The generator: whole sounds and pieces, the turning crank, what it follows, and what can be heard of that."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.support.driving import RATE, TIME, condition
from wavegan_src.config_schema import Config
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import track
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import FARTHEST, FREE, DriveGenerator, DriveStatistics
from wavegan_src.models.drive.memory import REMEMBERED, SCATTER
from wavegan_src.models.drive.noise import BatchNoise
from wavegan_src.models.drive.synthesis import Tables


@pytest.mark.parametrize("time", [TIME, 6001, 1])
def test_pieces_of_any_size_make_the_sound_made_at_once(generator: DriveGenerator, time: int) -> None:
    """Even of one frame, where the filter rings for many; the sound begins and ends where it is to."""
    generator.level_slopes.zero_()  # else pieces are as loud as their place in the recordings' range
    z = torch.randn(2, 8)
    whole = generator(z, time)[:, 0]
    assert whole.shape == (2, time)
    course = _drawn(generator, z, time)
    for frames in (10_000, 97, 9):
        pieces = list(generator.blocks(z, course, time, frames))
        assert max(piece.shape[1] for piece in pieces) <= frames * generator.hop
        torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-5, rtol=0)


def test_pieces_keep_a_level_that_is_not_the_sounds_own(generator: DriveGenerator) -> None:
    """The beginning of a sound is the same whatever follows."""
    z = torch.randn(1, 8)

    def rising(first: int, last: int) -> Course:
        number = torch.arange(first, last + 1).clamp(min=0)[None]
        return Course(3 + number / 500, torch.zeros_like(number) + 0.5)

    short, long = (torch.cat(list(generator.blocks(z, rising, time, 60)), 1) for time in (4000, 9000))
    torch.testing.assert_close(long[:, :4000], short, atol=1e-5, rtol=0)


def test_a_sound_depends_on_its_own_latent_vector_and_condition(generator: DriveGenerator) -> None:
    z = torch.randn(3, 8)
    z[2, 3] = 0.0
    asked = condition(torch.tensor([[3.0, 4.0], [4.0, 4.0], [3.5, 3.0]]))
    together = generator(z, condition=asked)
    torch.testing.assert_close(generator(z[1:], condition=asked[1:]), together[1:], atol=1e-5, rtol=0)
    signed = z[2:].clone()
    signed[0, 3] = -0.0
    assert torch.equal(generator(signed), generator(z[2:]))
    assert torch.equal(generator(z, condition=asked), together)
    other = generator(z, condition=condition(torch.full((3, 2), 4.5)))
    assert ((other - together).abs().amax((1, 2)) > 0.01).all()


def test_a_steady_course_turns_the_crank_as_often_as_it_says(generator: DriveGenerator) -> None:
    cycles = _turned(generator, torch.full((2, 257), math.log2(30)))
    assert cycles.dtype == torch.float64
    torch.testing.assert_close(cycles[:, -1] - cycles[:, 0], torch.full((2,), 30.0).double(), atol=0.15, rtol=0)


def test_the_cranks_position_is_the_integral_of_the_curve(generator: DriveGenerator) -> None:
    """Of 10 cycles per second, rising by an octave in a second, up to the jitter of any engine."""
    seconds = torch.arange(257) * generator.hop / RATE
    cycles = _turned(generator, (math.log2(10) + seconds).expand(2, -1))
    expected = 10 * (torch.exp2(seconds) - 1) / math.log(2)
    torch.testing.assert_close(cycles - cycles[:, :1], expected.double().expand(2, -1), atol=0.15, rtol=0)


@pytest.mark.parametrize("frame", [80, 0, 200])
def test_the_crank_goes_on_from_where_it_is_known(generator: DriveGenerator, frame: int) -> None:
    z = torch.randn(2, 8)
    noise, course = BatchNoise(z), _drawn(generator, z, 250 * generator.hop)
    whole = generator.cycles(course, noise, 0, 250, (0, noise.uniform("start")))
    torch.testing.assert_close(whole[:, 1], noise.uniform("start")[:, 0])  # the margin is before it
    known = (frame, whole[:, 1 + frame : 2 + frame])
    torch.testing.assert_close(generator.cycles(course, noise, frame, 250, known), whole[:, frame:])


def test_a_tracker_hears_the_speed_that_was_asked_for(generator: DriveGenerator) -> None:
    """In strong pulses, at two speeds: the sound repeats once, twice or four times a cycle."""
    generator.noise_level.bias.fill_(-3)
    rpm = torch.tensor([1500.0, 2600.0])
    sounds = generator(torch.randn(2, 8), 2 * RATE, condition(torch.log2(rpm / 120)[:, None].expand(-1, 2)))[:, 0]
    for sound, wanted in zip(sounds.numpy(), rpm.tolist(), strict=True):
        found = track(sound, RATE, EngineLayout(4))
        repeats = np.median(found.spacing) / (wanted / 120)
        assert min(abs(repeats / each - 1) for each in (1, 2, 4)) < 0.01


def test_what_a_condition_leaves_open_is_drawn(generator: DriveGenerator) -> None:
    z = torch.randn(3, 8)
    drawn = generator.course(z, 129, None)
    speed = torch.linspace(3, 4, 129).expand(3, -1)
    found = generator.course(z, 129, condition(speed))
    torch.testing.assert_close(found.speed, speed)
    assert torch.equal(found.load, drawn.load)
    nothing = generator.course(z, 129, torch.zeros_like(condition(speed)))
    assert torch.equal(nothing.speed, drawn.speed)


def test_courses_are_drawn_as_the_recordings_have_them(generator: DriveGenerator) -> None:
    """Each of the remembered clips' about as often as the others."""
    z = torch.randn(4000, 8)
    found = generator.draw_course(z, 0, 128)
    chosen = (found.load[:, 0] * REMEMBERED - 0.5).round().long()  # loads number them
    counts = torch.bincount(chosen, minlength=REMEMBERED).double()
    assert (counts > 0).float().mean() > 0.95
    expected = generator.memory.courses[chosen, 0]
    torch.testing.assert_close(found.speed[:, ::128], expected[:, :: expected.shape[1] - 1], atol=1e-4, rtol=0)


def test_factors_that_are_given_take_the_choice_from_the_latent_vector(generator: DriveGenerator) -> None:
    z, wanted = torch.randn(3, 8), generator.memory.factors[[7, 7, 200]]
    code = generator.code(z, wanted)
    torch.testing.assert_close(code[:, FREE:], wanted + SCATTER * z[:, FREE:])
    assert torch.equal(code[:, :FREE], z[:, :FREE])
    drawn = generator.course(z, 129, None, wanted)
    torch.testing.assert_close(drawn.load, generator.memory.courses[[7, 7, 200], 1][:, :1].expand(-1, 129))
    sounds = generator(z, condition=None, factors=wanted)
    torch.testing.assert_close(sounds[2:], generator(z[2:], factors=wanted[2:]), atol=1e-5, rtol=0)
    assert (sounds[2:] - generator(z[2:])).abs().max() > 0.01


def test_longer_courses_go_back_and_forth(generator: DriveGenerator) -> None:
    z, clip = torch.randn(3, 8), TIME // generator.hop
    found = generator.draw_course(z, 0, 4 * clip)
    torch.testing.assert_close(found.speed[:, clip : 2 * clip + 1], found.speed[:, : clip + 1].flip(1))
    torch.testing.assert_close(found.speed[:, 2 * clip :], found.speed[:, : 2 * clip + 1])
    part = generator.draw_course(z, 77, 300)
    torch.testing.assert_close(part.speed, found.speed[:, 77:301])
    assert torch.equal(generator.draw_course(z, -9, 0).load, found.load[:, :1].expand(-1, 10))


def test_the_sound_follows_the_load(generator: DriveGenerator) -> None:
    z = torch.randn(2, 8)
    quiet, loud = (
        generator(z, condition=condition(torch.full((2, 2), 4.0), torch.full((2, 2), load))) for load in (0, 1)
    )
    assert not torch.equal(quiet, loud)


@pytest.mark.parametrize(("speed", "farther"), [(4 + 0.5 * FARTHEST, 8.0), (4 - 0.5 * FARTHEST, 0.2)])
def test_far_from_the_recordings_speeds_tables_stay_and_the_level_goes_on(
    generator: DriveGenerator, speed: float, farther: float
) -> None:
    generator.scale.copy_(torch.tensor([4.0, 0.5]))
    generator.level_slopes.copy_(torch.tensor([0.3, 0.0]))
    engine = generator.engine(torch.randn(1, 8))

    def tables_at(octaves: float) -> Tables:
        course = Course(torch.full((1, 2), octaves), torch.zeros(1, 2))
        return generator.tables(engine, course.frames, 0, 1, torch.zeros(1, 1))

    near, far = tables_at(speed), tables_at(farther)
    torch.testing.assert_close(far.noise, near.noise)
    difference = 0.3 * (farther - speed) / 0.5
    torch.testing.assert_close(far.level - near.level, torch.full_like(near.level, difference), atol=1e-4, rtol=0)


def test_statistics_start_it_on_whatever_device_it_is(generator: DriveGenerator, statistics: DriveStatistics) -> None:
    """A device that computes nothing refuses tensors of another one, as a GPU does."""
    elsewhere = generator.to("meta")
    elsewhere.initialize_from(statistics)
    assert elsewhere.mean_spectrum.device.type == "meta"


def test_gradients_reach_every_parameter(drive_config: Config) -> None:
    generator = DriveGenerator(drive_config.model, drive_config.audio)
    heard = generator.encoder
    described = torch.randn(4, len(heard.centre))
    factors = heard(torch.randn(4, len(heard.mean)), described)
    asked = condition(torch.full((4, 2), 4.0))
    generator(torch.randn(4, 8), condition=asked, factors=factors).square().sum().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def _turned(generator: DriveGenerator, speed: torch.Tensor) -> torch.Tensor:
    """The crank's positions at the frames of log2 speeds `(2, frames)`."""
    noise, last = BatchNoise(torch.randn(2, 8)), speed.shape[1] - 1
    course = Course(speed, torch.zeros_like(speed))
    return generator.cycles(course.frames, noise, 0, last, (0, noise.uniform("start")))[:, 1:-1]


def _drawn(generator: DriveGenerator, z: torch.Tensor, time: int) -> Callable[[int, int], Course]:
    """The course that a sound of `time` samples draws."""
    return generator.course(z, -(-time // generator.hop) + 1, None).frames
