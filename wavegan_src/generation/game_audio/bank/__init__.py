"""A bank: one engine's loops and ramps with all that a game needs of them. `plan.py` says which, `limiter.py` and
`ramps.py` make what is no plain loop, `making.py` makes all, `contents.py` says what a bank is, `manifest.py` writes
that as JSON, `writing.py` fills the folder, and `targets/` knows the files of each game engine.

May import: what generation may.
"""
