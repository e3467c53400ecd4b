"""Observers of a training run: the interface, and the observers that write files.

The loop reports to observers without knowing which they are. The terminal's are in `cli/display.py`; users may add
their own. May import: what `trainer` may.
"""
