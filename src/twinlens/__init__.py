"""twinlens: which of two renderings of a photograph is better, and why, checked against the pixels."""

__version__ = "0.1.0"
