"""Commands killed at random moments and given again: `python -m tests.kill --count 60` (not part of the suite).

`scenarios.py` says which commands, `killing.py` kills them, `checks.py` looks at what is left, `trial.py` puts a trial
together. The suite runs one trial of the cheapest command.
"""
