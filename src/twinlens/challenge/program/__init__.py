"""The scoring program of a challenge: standard library only, in the syntax of Python 3.7.

The challenge's server runs `python3 scoring.py INPUT OUTPUT` in a copy of this folder; twinlens imports it.
"""
