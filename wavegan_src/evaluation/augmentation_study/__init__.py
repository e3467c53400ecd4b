"""Do generated clips help a classifier? One network, trained with and without them, judged on other recordings.

Knows nothing of training: `study.run_study` is handed what trains and renders the generators.
"""
