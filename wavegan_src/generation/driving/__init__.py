"""Driving: sound for a curve of speed and load. `curve.py` reads what is asked for, `driver.py` renders it in bounded
memory, `files.py` writes it and `picture.py` draws it.

May import: what generation may.
"""
