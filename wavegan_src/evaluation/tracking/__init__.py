"""The speed of engines in recordings: from a file to a table and a picture. Labels from outside win over the tracker.

May import: data, run, dsp, utils.
"""
