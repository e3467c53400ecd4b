"""Benchmarks of speed and quality, run by hand rather than by the tests."""
