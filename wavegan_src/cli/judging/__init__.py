"""The commands that judge sound: `evaluate`, and a listening test.

May import: what `cli` may. `app.py` loads `listening_options.py` at once, which therefore imports nothing heavy.
"""
