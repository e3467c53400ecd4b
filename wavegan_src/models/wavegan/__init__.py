"""WGAN-GP of the paper: losses, gradients and steps. `fast/` has the same gradients by hand, on a CPU.

The networks themselves are `generator.py` and `discriminator.py` at the top. May import: models, utils.
"""
