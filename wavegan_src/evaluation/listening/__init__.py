"""A listening test as one page: its sounds, its trials, the page, and what the listeners' answers say.

May import: evaluation.inputs, evaluation.anchors, dsp, utils.
"""
