"""Order tracking: the speed of an engine over time, from its sound alone.

An engine repeats itself once a working cycle, so its spectrum has lines at multiples of the cycle frequency: its
orders. From top to bottom: `signals`, `evidence`, `path`, `multiples`, `tracker`. Pure functions of arrays.

May import: utils, and the arrays of dsp.
"""
