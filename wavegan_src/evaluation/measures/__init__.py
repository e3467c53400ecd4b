"""Measures of the quality of generated engine sound, as pure functions of arrays: one measure per file.

the one table of them is in `metrics.py`. May import: dsp, utils.
"""
