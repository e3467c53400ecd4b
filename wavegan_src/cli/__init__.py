"""The command line, and nothing else: parse, call, print.

May import: anything. Only `app.py`, `options.py` and what they import are loaded by `--help`; the rest on use.
"""
