"""The command line, and nothing else: parse, call, print.

May import: anything. Only `app.py`, `options.py` and what they import are loaded by `--help`; the rest on use.
"""

import os

# Pydantic asks every installed package for plugins when the first model is built, which takes longer than building it.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
