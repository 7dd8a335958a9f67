"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The development data: TWINLENS_DATA, else ../shared/data beside the project; skips where absent."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("TWINLENS_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}; set TWINLENS_DATA to its folder")
    return folder
