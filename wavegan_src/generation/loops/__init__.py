"""Loops of a driven engine for game engines: `plan.py` says which, `render.py` makes them, `wav.py` writes them with
their loop points, and `files.py` fills a folder with them and a manifest.

May import: what generation may.
"""
