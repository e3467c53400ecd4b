"""From a file to one channel of sound: headers, decoders, faulty containers, channels and level.

It may import `data.audio_files` and `dsp`. `opening.open_audio` decodes a file; `examine.examine` also decides how
its channels become one, and at which gain. `prepare`, the clip cache and `evaluate` all go through these.
"""
