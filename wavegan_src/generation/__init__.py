"""Generate clips with a trained model: the request, latent vectors, waveforms, WAV files and their table.

May import: models, data, run, dsp, utils; checkpoints, metrics, config_loader.
"""
