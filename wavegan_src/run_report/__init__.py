"""`report.html`: a run, or several side by side, as one self-contained page."""
