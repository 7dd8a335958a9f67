"""What every test with a browser may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsers import start
from selenium.webdriver.remote.webdriver import WebDriver


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """A headless browser."""
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()
