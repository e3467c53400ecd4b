"""The files of each game engine: `target.py` says what a target is, `table.py` lists them, `sheet.py` makes the table
of speeds and pitches that several share, `readme.py` says how to import, and each target has a module. Texts are in
`templates/`. Where a format is from stands in docs/game-audio.md.

May import: what generation may.
"""
