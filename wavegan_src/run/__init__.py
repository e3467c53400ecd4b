"""The output folder of a run and its records: paths, lock, events, how it ended, the models that ship with us.

May import: utils; architectures, config_loader.
"""
