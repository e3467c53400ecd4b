"""The commands that make something for other programs from a trained model: `group.py` is `export`, and the options of
each command are in a module of their own.

May import: what `cli` may. `app.py` loads the group and all options at once, which therefore import nothing heavy.
"""
