"""The clips as they lie in the cache, memory-mapped, and the order in which they are trained on.

May import: dsp, utils; data/encoding.py.
"""
