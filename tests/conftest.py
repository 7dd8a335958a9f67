"""What every test may ask for."""

import contextlib
import os
from pathlib import Path

import psutil
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, a process a core


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders with the longest tests come first, so that no process is left with one at the end."""
    items.sort(key=lambda item: item.path.parent.name not in ("runs", "scoring", "e2e", "judges"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what a test has started and, where it failed or was stopped, not ended."""
    if session.config.getoption("numprocesses", None) and not hasattr(session.config, "workerinput"):
        return  # the workers do so themselves
    left = psutil.Process().children(recursive=True)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


@pytest.fixture(scope="session")
def data() -> Path:
    """The development data: TWINLENS_DATA, else ../shared/data beside the project; skips where absent."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("TWINLENS_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}; set TWINLENS_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """Twelve scenes of 128 by 96 pixels cut from photographs: as it is, and blurred."""
    from PIL import Image, ImageFilter
    from skimage import data as photographs

    folder = tmp_path_factory.mktemp("pictures")
    made = []
    for number in range(12):
        whole = (photographs.astronaut, photographs.chelsea, photographs.coffee, photographs.rocket)[
            number % 4
        ]()
        left, top = 60 + 50 * (number // 4), 20 + 40 * (number // 4)
        photo = Image.fromarray(whole[top : top + 96, left : left + 128])
        sharp, soft = folder / f"{number:02}_sharp.png", folder / f"{number:02}_soft.png"
        photo.save(sharp)
        photo.filter(ImageFilter.GaussianBlur(1.2)).save(soft)
        made.append((sharp, soft))
    return made
