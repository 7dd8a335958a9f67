"""A real browser for tests: how it is started, and waiting until a page has drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="needs a browser: the Debian packages chromium and chromium-driver are not installed",
)
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-color-profile=srgb", "--hide-scrollbars",
]  # fmt: skip

SCALES = "return [...document.querySelectorAll('.scale')].map(scale => scale.textContent)"
READY = """
const done = arguments[0], dialog = document.querySelector('dialog.lens');
(function look() { dialog.classList.contains('ready') ? done(true) : requestAnimationFrame(look); })();
"""
"""Waits, on the page of a run, until the photos of the opened pair are drawn."""


def start(profile: Path) -> WebDriver:
    """A headless browser with a profile of its own, which logs its console and its requests."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))


def show(driver: WebDriver, file: Path, width: int, height: int, ratio: float = 1) -> None:
    """Open a page at a window size and pixel ratio, with empty logs."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get_log("browser")
    driver.get_log("performance")
    driver.get(file.as_uri())
    settle(driver)


def press(driver: WebDriver, *keys: str) -> None:
    """Keys one after the other, then what they draw."""
    for key in keys:
        ActionChains(driver).send_keys(key).perform()
    settle(driver)


def settle(driver: WebDriver) -> None:
    """Waits until the page has drawn: two animation frames."""
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
