"""From recordings to cached clips: find, decode, cut, level, store. `prepare/` and `synth/` make data sets.

May import: run, dsp, architectures, utils; config_schema.
"""
