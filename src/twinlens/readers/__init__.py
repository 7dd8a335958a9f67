"""Where pairs come from: files and folders become light rows; no photo is decoded here."""

from twinlens.readers.open import open_pairs, scan_pairs
from twinlens.readers.pairs import BadRows, Problem, Row, Rows, Shot

__all__ = ["BadRows", "Problem", "Row", "Rows", "Shot", "open_pairs", "scan_pairs"]
