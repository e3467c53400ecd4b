"""Who listens to a training run: the protocol, and the observers that write files.

The loop speaks to observers and knows none of them. The terminal's are in `cli/display.py`; anybody may add one.
May import: what `trainer` may.
"""
