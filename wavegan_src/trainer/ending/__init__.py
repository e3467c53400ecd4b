"""What ends a run before its last epoch: a level or hopeless course, a signal, a full disk, NaN, no memory.

May import: what `trainer` may.
"""
