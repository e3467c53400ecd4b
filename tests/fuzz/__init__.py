"""Random bad input against the whole program: `python -m tests.fuzz --minutes 10`.

`cases` is the table of kinds. A case is made of its kind and its number alone, so that a failure can be run again.
"""
