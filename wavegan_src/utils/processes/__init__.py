"""Processes: the signals that stop one, and several that train one run together, as `torchrun` starts them.

May import: nothing of ours but `utils`.
"""
