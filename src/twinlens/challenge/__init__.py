"""Challenges: entering one, scoring what was entered."""
