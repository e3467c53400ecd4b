"""A procedural engine synthesiser: stand-in clips with exact labels, for runs and tests without recordings.

May import: data.audio_files, dsp, utils.
"""
