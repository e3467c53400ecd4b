"""The classifier two-sample test: can a small classifier tell two sets of clips apart, and by what?

Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (arXiv 1610.06545). `comparison.compare` is the whole.
May import: dsp, utils, and of the other measures only `bootstrap` and `measurement`.
"""
