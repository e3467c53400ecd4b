"""What is known of each architecture without PyTorch: sizes, limits, keys, words and advice.

`spec.py` says what there is to know, one module per architecture fills it in beside its geometry, and `table.py` is
the one table of them. Their networks are made in `models/`. May import: nothing of ours.
"""
