"""An engine in real time: speed and load may change between any two quanta of four frames.

`stream.py` renders them from what `models/drive` makes of each knot of the course; `control.py` computes those
without PyTorch, `filtering.py` has the body's filter without delay, and `noise_reader.py` fetches noise in long pieces.

May import: what `generation` may.
"""
