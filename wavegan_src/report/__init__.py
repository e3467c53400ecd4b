"""HTML pages and status texts, from what lies in a run folder. Never imports PyTorch.

May import: evaluation.result, convergence, run, dsp, utils; architectures, metrics,
config_schema, convergence_detector.
"""
