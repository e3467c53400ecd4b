"""The parts of the training loop, one concern a file: log, schedule, stop, resume, measure, observe.

`training.py` at the top calls them in order. May import: report, evaluation, generation, models, convergence, data,
run, dsp, utils, and the modules at the top below `training.py`.
"""
