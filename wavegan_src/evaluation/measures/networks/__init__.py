"""The networks that judge clips: pretrained, with their weights beside them, and independent of each other.

Each is a module with `RATE`, `EMBEDDING_SIZE`, `load()` and `forward(net, clips)`. `embeddings.py` above applies them
to sets of clips. May import: nothing of the program.
"""
