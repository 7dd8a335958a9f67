"""The page of detailed results: one file, nothing fetched, every text of the submission escaped."""

from __future__ import annotations

from html import escape

from .evaluation import Evaluation
from .reference import Reference


def details_page(reference: Reference, made: Evaluation) -> str:
    """The page of one submission."""
    rows = "".join(f"<li>{escape(row.id)}: {escape(row.answer)}</li>" for row in made.rows)
    return f"<!doctype html><title>{escape(reference.title)}</title><ol>{rows}</ol>"
