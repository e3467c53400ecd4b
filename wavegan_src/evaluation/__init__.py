"""Comparison of sets of clips: which sets, between which anchors, and with what result.

`measures/` holds the measures; `protocol.py` applies them from top to bottom. What the figures mean, and what they
cannot show, is in docs/evaluation.md. May import: generation, models, data, run, dsp, utils; dataset, checkpoints.
"""
