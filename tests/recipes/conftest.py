"""Recipes are files beside the package, not a part of it: their tests import them from their folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "recipes"))
