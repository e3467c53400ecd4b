"""The second architecture, "engine": a pulse train and shaped noise, driven by a network, trained within minutes.

`generator.py` synthesises from a crank phase and noise (`excitation.py`), starting from `statistics.py` of the training
clips; `critics.py` and `energy_distance.py` say how its sound differs from the recordings; `gan.py` trains.
"""
