"""A listening test as one page: its sounds, its trials, the page, and what the listeners' answers say.

May import: evaluation, report.templates, data, dsp, utils.
"""
