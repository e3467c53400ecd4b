"""Signal processing on arrays. Knows nothing of files, runs or networks.

May import: utils.
"""
