"""What is compared: generated, held-out and training clips, from folders of audio or from a model, fit to be measured.

May import: evaluation.measures, generation, models, data, run, dsp, utils; dataset, checkpoints.
"""
