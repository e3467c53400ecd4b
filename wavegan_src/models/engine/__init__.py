"""The engine model: a pulse train and shaped noise, driven by a network, trained within minutes.

`generator.py` synthesises from a crank phase and noise (`excitation.py`), starting from `clip_statistics.py` of the
training clips; `critics.py` and `energy_distance.py` measure how its sound differs from the recordings; `gan.py`
trains. May import: models, dsp, utils; architectures, config_schema.
"""
