"""The split into training and validation: folders that the user split, files with the same sound, sizes in advance.

May import: data, dsp, run, utils; config_schema.
"""
