"""What is known of each architecture without PyTorch: sizes, limits, keys allowed, words and advice.

One module per architecture. May import: nothing of ours.
"""
