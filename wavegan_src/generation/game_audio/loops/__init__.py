"""Loops of a driven engine: `plan.py` says which, `render.py` makes them, and `files.py` fills a folder with them and a
manifest.

May import: what generation may.
"""
