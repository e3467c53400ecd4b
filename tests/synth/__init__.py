"""Tests of the engine synthesiser."""
