"""Several processes that train one run: what is checked before, what the first tells the others, and their loop.

May import: what `trainer` may.
"""
