"""Rendering: a stretch of a sound from its tables, its noise and the turning crank.

All of it is local in time, so stretches that follow one another join without a seam: noise is shaped in windows of four
frames, and the body's filter is an impulse response whose tail goes on into the next stretch.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wavegan_src.models.drive.control_tables import ANCHOR_FRAMES, anchors, between_anchors, read_series, read_tables
from wavegan_src.models.drive.noise import Noise

MARGIN = 1  # frames beyond a stretch whose windows reach into it
FLUTTER_STEP, SWELL_STEP, STROKES_STEP = 8, 20, 20  # frames between the knots of slow noise
FLOOR, CEILING = -6, 4  # of the noise's gain (natural log)
OVERLAP = 1.5  # sum of squared Hann windows, a quarter of their length apart
HANN_POWER = 0.375  # mean square of a Hann window
KNEE = 0.8  # of full scale
FADED = 4  # the last quarter of the body's response fades out


@dataclass(frozen=True)
class Engine:
    """What a latent vector fixes of a sound, whatever its course and length.

    style: drives the tables, `(batch, width)`. response: impulse response of the body, `(batch, taps)`. flutter, swell:
    how far each band's gain wanders and follows the swell of all (natural log), `(batch, bands, 1)`. unevenness: how
    far the pulses' level wanders, `(batch, 1, 1)`.
    """

    style: Tensor
    response: Tensor
    flutter: Tensor
    swell: Tensor
    unevenness: Tensor


@dataclass(frozen=True)
class Tables:
    """What an engine is at each anchor of a stretch.

    pulses: wave tables of a cycle's pulses, `(batch, anchors, 1, points)`. envelopes: Fourier series of the noise's
    gain over a cycle in every band (natural log), `(batch, anchors, bands, orders, 2)`. noise: its mean,
    `(batch, anchors, bands)`. level: of the whole sound (natural log), `(batch, anchors, 1)`.
    """

    pulses: Tensor
    envelopes: Tensor
    noise: Tensor
    level: Tensor


def excitation(
    engine: Engine, tables: Tables, noise: Noise, cycles: Tensor, first: int, hop: int, band_gains: Tensor
) -> Tensor:
    """The sound before the body's filter, `(batch, frames * hop)`, from frame `first` up to where the cycles end.

    Args:
        engine: of each sound.
        tables: at the anchors around the stretch and its margins.
        noise: of each sound.
        cycles: the crank's position at each frame, from `MARGIN` before `first` to `MARGIN` after the last one's end,
            `(batch, frames + 1 + 2 * MARGIN)`.
        first: the first frame.
        hop: samples of a frame.
        band_gains: of the noise's bands, `(bands, bins)`.
    """
    frames = cycles.shape[1] - 1 - 2 * MARGIN
    last = first + frames
    number = torch.arange(first - MARGIN, last + MARGIN + 1, device=cycles.device, dtype=torch.float64)
    anchor = number / ANCHOR_FRAMES - anchors(first - MARGIN, last + MARGIN)[0]
    bands = len(band_gains)
    gains = between_anchors(tables.noise, anchor) + read_series(tables.envelopes, cycles, first - MARGIN)
    gains = gains + engine.flutter * noise.wandering("flutter", bands, FLUTTER_STEP, first - MARGIN, last + MARGIN)
    gains = gains + engine.swell * noise.wandering("swell", 1, SWELL_STEP, first - MARGIN, last + MARGIN)
    hiss = _shaped(noise, gains, first, frames, hop, band_gains)
    inside = slice(MARGIN, -MARGIN)
    at_samples = _every_sample(cycles[:, None, inside], hop)[:, 0]
    strokes = engine.unevenness * noise.wandering("strokes", 1, STROKES_STEP, first, last)
    level = between_anchors(tables.level, anchor)[..., inside]
    sample_anchor = _every_sample(anchor[None, None, inside], hop)[0, 0]
    pulses = read_tables(tables.pulses, at_samples, sample_anchor)[:, 0] * (1 + _every_sample(strokes, hop)[:, 0])
    return (hiss + pulses) * _every_sample(level, hop)[:, 0].exp()


def impulse_response(spectrum: Tensor) -> Tensor:
    """The minimum-phase filter that gives white sound a spectrum, `(batch, taps)`: it rings after what strikes it.

    The phase comes from the real cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, section 12.3).

    Args:
        spectrum: natural logarithm of magnitudes `(batch, bins)` in a Hann window of `2 * (bins - 1)` samples.
    """
    size = 2 * (spectrum.shape[1] - 1)
    taps = size * 3 // 4
    cepstrum = torch.fft.irfft(spectrum, size)
    causal = torch.cat([cepstrum[:, :1], 2 * cepstrum[:, 1 : size // 2], cepstrum[:, size // 2 : size // 2 + 1]], 1)
    response = torch.fft.irfft(torch.fft.rfft(causal, size).exp(), size)[:, :taps]
    fade = torch.ones(taps, device=spectrum.device)
    faded = taps // FADED
    fade[-faded:] = torch.hann_window(2 * faded + 1, periodic=False, device=spectrum.device)[faded + 1 :]
    unit = (HANN_POWER * size) ** -0.5  # white noise of variance 1 under the window
    faded_out: Tensor = unit * response * fade
    return faded_out


def limit(wave: Tensor) -> Tensor:
    """The wave as it is up to `KNEE`, and above bent towards 1: distortion would fill the valleys of its spectrum."""
    rounded = KNEE + (1 - KNEE) * torch.tanh((wave.abs() - KNEE) / (1 - KNEE))
    return torch.where(wave.abs() < KNEE, wave, rounded * wave.sign())


def convolve(wave: Tensor, response: Tensor) -> Tensor:
    """All of the convolution of `(batch, time)` with `(batch, taps)`: `(batch, time + taps - 1)`."""
    found: Tensor = _Convolution.apply(wave, response)  # type: ignore[no-untyped-call]
    return found


class _Convolution(torch.autograd.Function):
    """Convolution by real Fourier transforms, backwards too: PyTorch's own gradient of `rfft` takes complex ones."""

    @staticmethod
    def forward(context: Any, wave: Tensor, response: Tensor) -> Tensor:
        time = wave.shape[1] + response.shape[1] - 1
        size = _fast_size(time)
        spectra = torch.fft.rfft(wave, size), torch.fft.rfft(response, size)
        context.save_for_backward(*spectra)
        context.lengths = size, wave.shape[1], response.shape[1]
        found: Tensor = torch.fft.irfft(spectra[0] * spectra[1], size)[:, :time]
        return found

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        of_wave, of_response = context.saved_tensors
        size, time, taps = context.lengths
        spectrum = torch.fft.rfft(gradient, size)
        wave = torch.fft.irfft(spectrum * of_response.conj(), size)[:, :time]
        return wave, torch.fft.irfft(spectrum * of_wave.conj(), size)[:, :taps]


def _shaped(noise: Noise, gains: Tensor, first: int, frames: int, hop: int, band_gains: Tensor) -> Tensor:
    """White noise with the gains `(batch, bands, frames + 3)` of the frames around, `(batch, frames * hop)`."""
    size = 4 * hop
    white = noise.white((first - MARGIN - 2) * hop, (first + frames + MARGIN + 2) * hop)
    window = torch.hann_window(size, device=white.device)
    spectra = torch.fft.rfft(white.unfold(1, size, hop) * window)
    response = (gains.transpose(1, 2) @ band_gains).clamp(FLOOR, CEILING).exp()
    pieces = torch.fft.irfft(spectra * response, size).mul_(window)
    count = pieces.shape[1]
    summed = white.new_zeros(len(white), count + 3, hop)
    for quarter in range(4):
        summed[:, quarter : quarter + count] += pieces[:, :, quarter * hop : (quarter + 1) * hop]
    return summed[:, 3 : 3 + frames].reshape(len(white), -1) / OVERLAP


def _every_sample(at_frames: Tensor, hop: int) -> Tensor:
    """Straight lines between frames: `(batch, rows, frames * hop)` of `(batch, rows, frames + 1)`."""
    steps = torch.arange(hop, device=at_frames.device, dtype=at_frames.dtype) / hop
    left, right = at_frames[..., :-1, None], at_frames[..., 1:, None]
    return (left + (right - left) * steps).flatten(-2)


def _fast_size(least: int) -> int:
    """The smallest length of at least this many samples whose only factors are 2, 3 and 5, and which is even."""
    best = 1 << (least - 1).bit_length()
    for fives in (1, 5, 25):
        for threes in (1, 3, 9, 27, 81):
            odd = fives * threes
            twos = max(1, (-(-least // odd) - 1).bit_length())
            best = min(best, odd << twos)
    return best
