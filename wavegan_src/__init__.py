"""WaveGAN: learn two-second engine recordings with a WGAN-GP on raw audio, and generate new ones."""

__version__ = "0.2.0"
