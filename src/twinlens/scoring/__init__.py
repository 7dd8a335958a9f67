"""Scores of judges, and pairs of known difference to measure them on."""
