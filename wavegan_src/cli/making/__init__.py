"""The commands that make sound: data sets (`prepare`, `synth`), new clips (`--generate-only`), driven engines.

May import: what `cli` may. `app.py` loads `drive_options.py` at once, which therefore imports nothing heavy.
"""
