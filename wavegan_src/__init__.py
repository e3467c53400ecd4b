"""WaveGAN: train a WGAN-GP on raw audio of two-second engine recordings, and generate new ones."""

__version__ = "0.2.0"
