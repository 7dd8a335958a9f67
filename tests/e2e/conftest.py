"""What every test with a browser may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browsers import show, start
from selenium.webdriver.remote.webdriver import WebDriver
from shown_verdicts import Opener, blurred, verdict
from skimage.data import astronaut

from twinlens.core.types import Verdict
from twinlens.report.page import page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """A headless browser."""
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: WebDriver, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of a verdict at a window size and pixel ratio; nothing may have gone wrong after."""

    def show_verdict(said: Verdict, width: int = 1440, height: int = 900, ratio: float = 1) -> WebDriver:
        file = tmp_path / "report.html"
        file.write_text(page(said), "utf-8")
        show(browser, file, width, height, ratio)
        return browser

    yield show_verdict
    assert browser.get_log("browser") == [], "the console must stay empty"
    sent = [
        e["message"] for e in browser.get_log("performance") if "Network.requestWillBeSent" in e["message"]
    ]
    asked = [m for m in sent if '"url":"data:' not in m and "report.html" not in m]
    assert not asked, "the page must ask for nothing"


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.asarray(astronaut())


@pytest.fixture(scope="module")
def said(pixels: np.ndarray) -> Verdict:
    return verdict(pixels, blurred(pixels))
