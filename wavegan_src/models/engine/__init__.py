"""The engine model: a pulse train and shaped noise, driven by a network, trained within minutes.

`generator.py` synthesises from a crank phase and noise (`excitation.py`) with wave tables (`wave_tables.py`) and
filters (`spectral_filter.py`), starting from statistics of the training clips (`clip_statistics.py`). `critics.py` and
`energy_distance.py` measure how its sound differs from the recordings; `gan.py` trains.

May import: models, dsp, utils; architectures, config_schema.
"""
