"""Statistics of the training clips that the generator starts from: average spectra, and how sound follows a course.

What its networks make of them is then compared with the clips, and brought closer.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.architectures.engine import SHORT_WINDOW, hop_length
from wavegan_src.data.batch import END_POINTS, LEVEL, LOAD, POINTS, SPEED, Batch
from wavegan_src.models.drive.course import INSIDE, known_throughout, middle, middle_points, over_frames
from wavegan_src.models.drive.generator import BANDS, BEND, DEFAULT_SPEED, DriveGenerator, DriveStatistics
from wavegan_src.models.drive.texture import LINES_EDGES_HZ, LINES_WINDOW
from wavegan_src.models.engine.clip_statistics import POWER_FLOOR, average_spectra, principal_components
from wavegan_src.models.engine.spectral_filter import band_gains, place_of_band

LEAST_SPREAD = 0.1  # octaves, where all clips turn equally fast
LEAST_EVIDENCE = 1e-3  # variance within clips, scaled; less says little of the level
CALIBRATED_ON = 64  # clips
NOISE_SHIFTS = tuple(1.0 - 0.5 * number for number in range(9))  # natural log: changes of the noise that are tried
CLEAR_LINES = 0.9  # of noise they stand out by 0.58; what is little more may be of codecs and filters
LEAST_VARIATION = 0.03  # variance of the scaled speed or of the load; where it is less, it tells nothing
NO_LINES = 0.05  # by how much they may stand out where noise alone is heard, however loud it is
LEAST_GAIN = 1e-6  # of a knot of the tone over the spectrum; at low sample rates some have none
LEAST_ANSWER = 0.3  # of lines to louder noise; less means that there are none
STEEPEST = 3.0  # natural log, 26 dB, for a standard deviation of the speed or the whole range of the load


def measure(batch: Batch, sample_rate: int, components: int) -> DriveStatistics:
    """Measure training clips and their conditions, with up to `components` principal components.

    Of sound, load and level, the clips' middle is measured.
    """
    clips, _ = middle(batch.clips[:, 0], None)
    spectra = average_spectra(clips, sample_rate)
    known = torch.empty(0) if batch.condition is None else torch.nonzero(known_throughout(batch.condition))[:, 0]
    if batch.condition is None or not len(known):
        mean, scaled, _ = principal_components(spectra, components)
        ends, scale = torch.full((2,), DEFAULT_SPEED), torch.tensor([DEFAULT_SPEED, 1.0])
        return DriveStatistics(mean, scaled, scale, torch.zeros(2), torch.zeros(2, BANDS), ends)
    points = over_frames(batch.condition[known], POINTS)
    speed = points[:, SPEED]
    load, heard = F.pad(points[:, [LOAD, LEVEL], INSIDE], (END_POINTS, END_POINTS), mode="replicate").unbind(1)
    scale = torch.stack([speed.mean(), speed.std().clamp(min=LEAST_SPREAD)])
    turning = (speed - scale[0]) / scale[1]
    level, control = level_slopes(turning, load, heard), torch.stack([turning, 2 * load - 1], -1)
    engines = None if batch.engines is None else batch.engines[known]
    by_level = level * torch.tensor([1.0, 0.5])
    tone = tone_slopes(clips[known], control[:, INSIDE], sample_rate, engines, by_level)
    spectra[known] -= control[:, INSIDE].mean(1) @ tone @ band_gains(BANDS, spectra.shape[1], BEND)
    mean, scaled, _ = principal_components(spectra, components)
    return DriveStatistics(
        mean_spectrum=mean,
        components=scaled,
        scale=scale,
        level_slopes=level,
        tone_slopes=tone,
        speed_range=torch.stack([speed.min(), speed.max()]),
    )


def level_slopes(speed: Tensor, load: Tensor, level: Tensor) -> Tensor:
    """How the level (natural log) grows with the scaled speed and the load within clips, `(2,)`, never negative.

    How loud a recording is says nothing of its engine. All are `(clips, points)`.
    """
    return _slopes(torch.stack([speed, load], -1), level[..., None])[:, 0].clamp(0, STEEPEST)


def tone_slopes(
    clips: Tensor,
    control: Tensor,
    sample_rate: int,
    engines: Tensor | None = None,
    by_level: Tensor | None = None,
) -> Tensor:
    """How the levels of bands (natural log) grow with a control within clips, or within engines: `(inputs, BANDS)`.

    Args:
        clips: at one level, `(clips, time)`.
        control: speed and load, `(clips, points, inputs)`.
        sample_rate: in Hz.
        engines: their numbers, `(clips,)`, where it is known which clips are of one: these differ by speed and load.
        by_level: how all bands grow with each input within a clip, `(inputs,)`, which is not to be found again.
    """
    size = SHORT_WINDOW * hop_length(sample_rate)
    window, bands = torch.hann_window(size).to(clips), band_gains(BANDS, size // 2 + 1, BEND).to(clips)
    between = 0.5 * (control[:, 1:] + control[:, :-1])
    levels = []
    for part in torch.split(clips, 64):
        power = torch.stft(part, size, size // 2, window=window, center=False, return_complex=True).abs().square()
        levels.append(
            0.5 * (F.adaptive_avg_pool1d(bands @ power, between.shape[1]) + POWER_FLOOR).log().transpose(1, 2)
        )
    found = torch.cat(levels)
    if by_level is not None:
        found -= ((between - between.mean(1, keepdim=True)) @ by_level)[..., None]
    return _slopes(between, found, engines).clamp(-STEEPEST, STEEPEST)


def _slopes(inputs: Tensor, wanted: Tensor, groups: Tensor | None = None) -> Tensor:
    """Regression within groups: `(inputs, numbers)` of `(clips, points, inputs)` and `(clips, points, numbers)`.

    `groups`: the number of each clip's, `(clips,)`; None means that each clip is a group.
    """
    rows, there = (_within(each, groups).flatten(0, 1) for each in (inputs, wanted))
    damped = rows.T @ rows + LEAST_EVIDENCE * len(rows) * torch.eye(rows.shape[1], device=rows.device)
    found: Tensor = torch.linalg.solve(damped, rows.T @ there)
    return found


def _within(values: Tensor, groups: Tensor | None) -> Tensor:
    """Values `(clips, points, numbers)` less the mean of their group."""
    means = values.mean(1)
    if groups is not None:
        counts = torch.bincount(groups)
        sums = means.new_zeros(len(counts), means.shape[1]).index_add(0, groups, means)
        means = (sums / counts[:, None])[groups]
    return values - means[:, None]


@torch.no_grad()
def calibrate(generator: DriveGenerator, batch: Batch, factors: Tensor) -> None:
    """Bring a generator's own sound closer to that of training clips.

    Where these rev, first the noise: to how far lines stand out from it, if they are clear, and how that grows with
    speed and load; and all bands, to how they do. (The lines of an idling engine say little of other speeds.) Then the
    mean spectrum, as smooth as a learnt correction of it.

    Args:
        generator: started from statistics of the clips.
        batch: training clips, on its device.
        factors: of their engines, `(clips, components)`.
    """
    rate, gains = generator.sample_rate, generator.tone_gains
    chosen = torch.linspace(0, len(batch) - 1, min(CALIBRATED_ON, len(batch))).round().long()
    condition = None if batch.condition is None else batch.condition[chosen]
    real, course = middle(batch.clips[chosen, 0], condition)
    own_sound = partial(_own_sound, generator, condition, factors[chosen])
    if batch.condition is not None and course is not None:
        vary, known = _vary(generator, batch.condition, None), known_throughout(course)
        if vary[0] and known.any():
            _calibrate_noise(generator, real, course, own_sound, vary)
            control = _control(generator, course[known])
            engines = None if batch.engines is None else batch.engines[chosen][known]
            slopes = [tone_slopes(sound[known], control, rate, engines) for sound in (real, own_sound())]
            missing = (slopes[0] - slopes[1]) * _vary(generator, batch.condition, batch.engines)
            generator.answer_more(missing, missing)
    apart = average_spectra(real, rate) - average_spectra(own_sound(), rate)
    generator.mean_spectrum += apart.mean(0) @ gains.T / gains.sum(1).clamp(min=LEAST_GAIN) @ gains


def _calibrate_noise(
    generator: DriveGenerator, real: Tensor, course: Tensor, own_sound: Callable[[], Tensor], vary: Tensor
) -> None:
    """Bring the noise to where lines stand out as in real clips `(clips, time)`; `vary`: see `_vary`."""
    rate, level = generator.sample_rate, generator.noise_level

    def lines(sound: Tensor) -> Tensor:
        return generator.encoder.texture.lines(sound, course)

    found = []
    for shift in NOISE_SHIFTS:
        level.bias.fill_(shift)
        found.append(lines(own_sound()).mean((0, 2)))
    shifts, answers = noise_for(torch.stack(found), lines(real).mean((0, 2)))
    level.bias.copy_(_at_noise_bands(shifts, rate))
    known, window = known_throughout(course), generator.hop * LINES_WINDOW / real.shape[1]
    control = _control(generator, course[known])
    slopes = [_slopes_of_lines(lines(sound)[known], control, window) for sound in (real, own_sound())]
    noise = _at_noise_bands((slopes[0] - slopes[1]) / answers, rate).clamp(-STEEPEST, STEEPEST) * vary
    generator.answer_more(noise, torch.zeros_like(noise))


def _control(generator: DriveGenerator, course: Tensor) -> Tensor:
    """Scaled speed, and load from -1 to 1, of conditions `(clips, rows, points)`: `(clips, points, 2)`."""
    return torch.stack([generator.scaled(course[:, SPEED]), 2 * course[:, LOAD] - 1], -1)


def _vary(generator: DriveGenerator, condition: Tensor, engines: Tensor | None) -> Tensor:
    """Whether speed and load vary so much within clips, or within engines, that clips tell what they do: `(2, 1)`."""
    inside = middle_points(condition)
    known = known_throughout(inside)
    within = _within(_control(generator, inside[known]), None if engines is None else engines[known])
    return (within.square().mean((0, 1)) > LEAST_VARIATION)[:, None]


def noise_for(found: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Changes of the noise's level (natural log) that let lines stand out as wanted, and how they answer to such ones.

    Args:
        found: how far lines stand out with each of `NOISE_SHIFTS`, `(shifts, bands)`.
        wanted: how far they shall, `(bands,)`.

    Returns:
        Both `(bands,)`, the answers negative.
    """
    rising = found.cummax(0).values.double().cpu().numpy()  # the less noise, the more lines
    within = np.clip(wanted.double().cpu().numpy(), rising[0] + NO_LINES, np.maximum(rising[-1], rising[0] + NO_LINES))
    shifts, answers = np.empty(len(wanted)), np.empty(len(wanted))
    for band, line in enumerate(within):
        shifts[band] = np.interp(line, rising[:, band], NOISE_SHIFTS)
        slope = np.gradient(rising[:, band], NOISE_SHIFTS)
        if min(line, wanted[band]) < CLEAR_LINES:
            shifts[band] = max(shifts[band], 0.0)
        answers[band] = min(-LEAST_ANSWER, np.interp(-shifts[band], np.negative(NOISE_SHIFTS), slope))
    return torch.from_numpy(shifts).to(found), torch.from_numpy(answers).to(found)


def _slopes_of_lines(lines: Tensor, control: Tensor, window: float) -> Tensor:
    """How lines `(clips, bands, frames)` grow with a control `(clips, points, inputs)` within clips: `(inputs, bands)`.

    Recordings of one engine differ in what else is heard. `window`: a frame's length as a share of the clip's.
    """
    last = control.shape[1] - 1
    at = torch.linspace(window * last / 2, last - window * last / 2, lines.shape[2]).round().long()
    return _slopes(control[:, at], lines.transpose(1, 2))


def _own_sound(generator: DriveGenerator, condition: Tensor | None, factors: Tensor) -> Tensor:
    """The middle of clips `(clips, time)` of such engines, rendered one by one, always by the same latent vectors."""
    random = torch.Generator().manual_seed(len(factors))
    latents = torch.randn(len(factors), generator.latent_dim, generator=random).to(factors)
    asked = [None] * len(factors) if condition is None else torch.split(condition, 1)
    each = zip(torch.split(latents, 1), asked, torch.split(factors, 1), strict=True)
    clips = [generator(z, condition=course, factors=near)[:, 0] for z, course, near in each]
    return middle(torch.cat(clips).float(), None)[0]


def _at_noise_bands(lines: Tensor, sample_rate: int) -> Tensor:
    """Numbers of bands of lines `(…, bands)` at the noise's bands, `(…, BANDS)`; 0 from an octave above the last."""
    edges = torch.tensor(LINES_EDGES_HZ[: lines.shape[-1] + 1])
    middles = torch.cat([(edges[1:] * edges[:-1]).sqrt(), 2 * edges[-1:]])
    lines = torch.cat([lines, torch.zeros_like(lines[..., :1])], -1)
    dense = torch.linspace(0, sample_rate / 2, 4096)
    hertz = np.interp(np.arange(BANDS), place_of_band(dense / (sample_rate / 2), BANDS, BEND), dense)
    found = [np.interp(hertz, middles, row) for row in lines.reshape(-1, lines.shape[-1]).cpu()]
    return torch.from_numpy(np.array(found)).view(*lines.shape[:-1], BANDS).to(lines)
