"""What the figures of a run say, without PyTorch: trends, states, reasons and advice.

`convergence_detector.py` above decides with these. May import: run, dsp, utils; architectures, metrics.
"""
