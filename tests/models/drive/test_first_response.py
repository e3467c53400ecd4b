"""What an untrained generator makes of speed and load is the law that it was given."""

from dataclasses import replace

import torch

from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.first_response import DEEPEST, USUAL
from wavegan_src.models.drive.generator import BANDS, BEND, DriveGenerator, DriveStatistics
from wavegan_src.models.drive.synthesis import Tables
from wavegan_src.models.engine.spectral_filter import band_gains


def _tables(generator: DriveGenerator, scaled: float, load: float) -> Tables:
    mean, spread = generator.scale.tolist()
    frames = torch.full((3, 64), mean + spread * scaled), torch.full((3, 64), load)
    engine = generator.engine(torch.randn(3, generator.latent_dim, generator=torch.Generator().manual_seed(1)))
    return generator.tables(engine, Course(*frames).frames, 0, 8, torch.zeros(1, 1))


def test_noise_follows_the_law_in_each_band(generator: DriveGenerator, statistics: DriveStatistics) -> None:
    plain = _tables(generator, 0.0, 0.5).noise, _tables(generator, -1.5, 0.9).noise
    law = torch.stack([torch.linspace(-1, 1, BANDS), torch.linspace(0.5, 0, BANDS)])
    generator.initialize_from(replace(statistics, tone_slopes=law))
    middle, there = _tables(generator, 0.0, 0.5).noise, _tables(generator, -1.5, 0.9).noise
    expected = -1.5 * law[0] + 0.8 * law[1]
    torch.testing.assert_close((there - middle) - (plain[1] - plain[0]), expected.expand_as(there), atol=1e-5, rtol=0)


def test_without_a_law_the_two_numbers_say_nothing(generator: DriveGenerator) -> None:
    assert not generator.noise_level.weight[:, :2].any()
    assert not generator.pulse_table.weight[:, :2].any()


def test_pulses_follow_it_at_their_frequencies(generator: DriveGenerator, statistics: DriveStatistics) -> None:
    law = torch.stack([torch.linspace(0, 0.2, BANDS), torch.zeros(BANDS)])
    generator.initialize_from(replace(statistics, tone_slopes=law))
    share = generator.pulse_table.weight[:, 0] / generator.pulse_table.bias
    hertz = 2 ** float(generator.scale[0]) * torch.arange(1, len(share) // 2 + 1)
    bins = 1 << 14
    at_bins = law[0] @ band_gains(BANDS, bins + 1, BEND)
    below = hertz < 0.4 * generator.sample_rate
    expected = at_bins[(hertz / (generator.sample_rate / 2) * bins).round().long().clamp(max=bins)]
    torch.testing.assert_close(share[::2][below], expected[below], atol=1e-4, rtol=0)
    torch.testing.assert_close(share[1::2], share[::2])


def test_steep_laws_leave_pulses_their_sign(generator: DriveGenerator, statistics: DriveStatistics) -> None:
    """At the ends of what is usual an order is a tenth of what it is in the middle; as much growth as fall is kept."""
    law = torch.stack([torch.full((BANDS,), 2.0), torch.full((BANDS,), -1.0)])
    generator.initialize_from(replace(statistics, tone_slopes=law))
    series = generator.pulse_table
    shares = series.weight[:, :2] / series.bias[:, None]
    torch.testing.assert_close(shares @ torch.tensor([-USUAL[0], USUAL[1]]), torch.full((len(shares),), -DEEPEST))
    torch.testing.assert_close(shares[:, 0], -2 * shares[:, 1])
