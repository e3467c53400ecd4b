"""How fast each clip's engine turns and how hard it works: `labels.py` reads what the user knows, `effort.py` estimates
the load from levels, and `courses.py` joins both with order tracking into what a data set's clips follow.

May import: dsp, utils; data/clips, data/batch.
"""
