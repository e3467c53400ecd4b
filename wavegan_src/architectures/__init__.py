"""Facts about each architecture that need no PyTorch: sizes, limits, keys, terms and advice.

`spec.py` defines the facts, one module per architecture provides them along with its geometry, and `table.py` is the
one table of architectures. The networks themselves are built in `models/`. May import: nothing of ours.
"""
