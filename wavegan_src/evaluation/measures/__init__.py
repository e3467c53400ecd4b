"""Measures of the quality of generated engine sound, as pure functions of arrays: one measure per file.

`catalogue.py` is the one table of them. May import: dsp, utils.
"""
