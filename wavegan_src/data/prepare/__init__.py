"""`wavegan prepare`: a tree of recordings becomes a folder of clips with its split and a manifest.

May import: data, dsp, utils; config_schema.
"""
