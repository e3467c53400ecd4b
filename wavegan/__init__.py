"""The public API: load a model, generate, train and evaluate from a program or a notebook."""
