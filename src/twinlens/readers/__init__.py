"""Where pairs come from: files and folders become light rows; no photo is decoded here."""

from twinlens.readers.open import look, open_pairs
from twinlens.readers.pairs import BadRows, Problem, Row, Rows, Shot

__all__ = ["BadRows", "Problem", "Row", "Rows", "Shot", "look", "open_pairs"]
