"""Measures of the quality of generated engine sound, as pure functions of arrays of clips.

Every measure takes clips `(clips, time)` as float32 and their sample rate, and returns a
`wavegan_src.evaluation.measurement.Measurement`. What the figures mean, and what they cannot tell, is in
`docs/evaluation.md`.
"""
