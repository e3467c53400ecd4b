"""What any program needs. Knows nothing of sound or of training.

May import: nothing of ours.
"""
