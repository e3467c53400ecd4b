"""The drive model: an engine that follows speed and load, from frame to frame.

`course.py` says what it follows; `generator.py` turns a latent vector into an engine and `synthesis.py` renders it, in
blocks of any size, with `noise.py` and `control_tables.py`. `critics.py` also sees spectra aligned with the engine's
orders; `gan.py` trains, starting from `statistics.py`, with the engines that `encoder.py` hears in clips. `memory.py`
keeps them, and new ones are drawn near them.

May import: models, models/engine, dsp, utils; data/batch.py, architectures, config_schema.
"""
