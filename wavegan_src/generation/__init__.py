"""A trained model and what it makes: a request, latent vectors, clips, WAV files and their table.

May import: models, data, run, dsp, utils; checkpoints, metrics, config_loader.
"""
