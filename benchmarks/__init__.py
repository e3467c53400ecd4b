"""Measurements of speed and quality that are run by hand, not by the tests."""
