"""The filters, measured as the training clips are."""

import torch

from wavegan_src.models.engine.spectral_filter import apply_spectrum, band_gains


def test_band_gains_add_up_to_one() -> None:
    torch.testing.assert_close(band_gains(16, 129).sum(0), torch.ones(129))


def test_white_noise_gets_the_magnitudes_of_the_spectrum() -> None:
    size = 1024
    told = torch.linspace(0, -4, size // 2 + 1)
    heard = torch.stft(
        apply_spectrum(torch.randn(1, 8192 * 20), told[None])[0],
        size,
        window=torch.hann_window(size),
        return_complex=True,
    )
    levels = 0.5 * heard.abs().square().mean(-1).log()
    torch.testing.assert_close(levels[4:-4], told[4:-4], atol=0.25, rtol=0)
