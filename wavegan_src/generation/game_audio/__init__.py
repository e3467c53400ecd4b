"""Sound of engines for game engines and samplers: `loops/`; `wav.py` writes files with loop points, `circle.py` changes
the sample rate of a loop.

May import: what generation may.
"""
