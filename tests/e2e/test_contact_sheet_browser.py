"""Contact sheet and view of all versions in a real browser: by keys, with filters, picks and their export."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from browsers import READY, SCALES, needs_browser, press, settle, show
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait
from skimage.data import astronaut

from made_runs import Row, failure, verdict, write_run
from twinlens.report.run import PageRequest, run_page
from twinlens.runs.store import RunFolder

pytestmark = needs_browser
NAMES = ("v1", "v2", "v3")
FOCUS = "const one = document.activeElement; return [one.dataset.item, one.dataset.shot].join(' ')"
MARK = "return document.activeElement.querySelector('.mark').textContent"
CARDS = "return [...document.querySelectorAll('.card .id')].map(one => one.textContent)"
LEFT = (
    "return [...document.querySelectorAll('.pane')].sort((p, q) => p.getBoundingClientRect().left - "
    "q.getBoundingClientRect().left).map(one => one.querySelector('.file').textContent)"
)
LOADED = """
const done = arguments[0], inSight = (one) => one.getBoundingClientRect().top < innerHeight;
(function look() {
  const shown = [...document.querySelectorAll('.shot img[src]')].filter(inSight);
  shown.every((img) => img.complete && img.naturalWidth) ? done(shown.length) : requestAnimationFrame(look);
})();
"""


def rows(scenes: int, lacking: tuple[str, str] = ("", "")) -> list[Row]:
    """Of each two versions the earlier name wins, and the sooner the scene, the more surely."""
    return [
        verdict(
            f"s{at:02}:{a}:{b}", "a", 0.95 - 0.02 * (at % 20), scene=f"s{at:02}",
            files=(f"{a}/p.jpg", f"{b}/p.jpg"), size=(160, 120),
            columns={"version_a": a, "version_b": b, "light": "day" if at % 2 else "night"},
        )
        for at in range(scenes)
        for a, b in (("v1", "v2"), ("v1", "v3"), ("v2", "v3"))
        if (a, b) != lacking
    ]  # fmt: skip


def made(folder: Path, some: list[Row], inside: int = 200) -> Path:
    """The page of a run over three versions of a photo."""
    for at, name in enumerate(NAMES):
        (folder / name).mkdir(parents=True)
        Image.fromarray(astronaut()).crop((150 + at, 40, 310 + at, 160)).save(
            folder / name / "p.jpg", quality=95
        )
    file = write_run(folder / "run", some) / "report.html"
    file.write_text(run_page(RunFolder(file.parent), file, PageRequest(inside=inside)), "utf-8")
    return file


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("sheet"), rows(12))


@pytest.fixture
def driver(browser: WebDriver, page: Path) -> Iterator[WebDriver]:
    show(browser, page, 1440, 900)
    yield browser
    browser.execute_script("localStorage.clear()")
    assert browser.get_log("browser") == []


def to_sheet(driver: WebDriver) -> None:
    """Tab from the last control above the sheet to it."""
    driver.execute_script("document.querySelector('[data-act=load]').focus()")
    press(driver, Keys.TAB)


def choose(driver: WebDriver, name: str, value: str) -> list[str]:
    driver.execute_script(
        "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event(field.type === 'search' ? 'input' : 'change'))", name, value,
    )  # fmt: skip
    time.sleep(0.25)
    return driver.execute_script(CARDS)


def opened(driver: WebDriver) -> str:
    driver.execute_async_script(READY)
    settle(driver)
    return driver.find_element("css selector", "dialog.lens").text


def test_the_page_opens_with_a_card_a_photo_and_its_best_version_marked(driver: WebDriver) -> None:
    assert driver.execute_script(CARDS) == [f"s{at:02}" for at in range(12)]
    card = driver.find_element("css selector", ".card")
    assert [tag.text for tag in card.find_elements("css selector", ".tag")] == list(NAMES)
    assert card.find_element("css selector", ".better img").get_attribute("alt") == "v1 of s00, better"
    assert "v1 over v2" in card.text
    assert "95 %" in card.text
    assert driver.execute_async_script(LOADED)


def test_arrows_go_from_photo_to_photo_and_keys_give_picks_and_stars(driver: WebDriver) -> None:
    to_sheet(driver)
    assert driver.execute_script(FOCUS) == "0 0"
    ring = driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    press(driver, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert driver.execute_script(FOCUS) == "1 0", "on to the next card"
    press(driver, Keys.ARROW_LEFT)
    assert driver.execute_script(FOCUS) == "0 2"
    press(driver, "x", "p", "4")
    assert driver.execute_script(MARK) == "✓ ★★★★"
    press(driver, "4", "p")
    assert driver.execute_script(MARK) == "", "again: taken back"
    press(driver, Keys.END)
    assert driver.execute_script(FOCUS) == "11 0"
    press(driver, Keys.HOME, Keys.ARROW_DOWN)
    assert driver.execute_script(FOCUS) != "0 0"


@pytest.mark.parametrize(
    ("name", "value", "many"),
    [("confidence", "90", 3), ("confidence", "75", 8), ("text", "s07", 1), ("choice", "b", 0)],
)
def test_filters_leave_the_photos_that_have_such_a_pair(
    driver: WebDriver, name: str, value: str, many: int
) -> None:
    assert len(choose(driver, f"[data-filter={name}]", value)) == many


def test_any_column_is_a_filter_with_its_values(driver: WebDriver) -> None:
    choose(driver, "[data-filter=column]", "light")
    values = driver.execute_script(
        "return [...document.querySelectorAll('#values option')].map(one => one.value)"
    )
    assert values == ["day", "night"]
    assert choose(driver, "[data-filter=value]", "night") == [f"s{at:02}" for at in range(0, 12, 2)]
    assert choose(driver, "[data-sheet=sort]", "confidence")[0] == "s10", "closest first"
    driver.find_element("css selector", ".filters [data-act=reset]").click()
    assert choose(driver, "[data-sheet=group]", "pair")[:2] == ["s00:v1:v2", "s00:v1:v3"]


def test_the_best_version_stays_while_keys_step_through_the_others(driver: WebDriver) -> None:
    to_sheet(driver)
    press(driver, Keys.ENTER)
    text = opened(driver)
    assert "v1 (A) is better" in text
    assert driver.execute_script(LEFT) == ["v1/p.jpg", "v2/p.jpg"]
    press(driver, "z", "+")
    zoomed = driver.execute_script(SCALES)
    press(driver, "v")
    opened(driver)
    assert driver.execute_script(LEFT) == ["v1/p.jpg", "v3/p.jpg"]
    assert driver.execute_script(SCALES) == zoomed, "zoom stays"
    press(driver, "k")
    opened(driver)
    assert driver.execute_script(LEFT) == ["v3/p.jpg", "v1/p.jpg"], "v3 stays, also where it is b of the pair"
    press(driver, "V")
    opened(driver)
    assert driver.execute_script(LEFT) == ["v3/p.jpg", "v2/p.jpg"]
    (aside,) = driver.find_elements("css selector", ".version.kept")
    assert aside.get_attribute("data-version") == "v3"
    press(driver, "u")
    free = "return document.querySelector('[data-do=free]').ariaPressed"
    assert driver.execute_script(free) == "true"
    press(driver, Keys.PAGE_DOWN)
    assert "s01" in opened(driver)
    assert driver.execute_script(LEFT) == ["v1/p.jpg", "v2/p.jpg"]
    press(driver, Keys.ESCAPE)
    assert driver.execute_script(FOCUS) == "1 0", "the card of the photo that was open has the focus"


def test_versions_that_no_pair_compares_are_shown_all_the_same(browser: WebDriver, page: Path) -> None:
    file = made(page.parent.parent / "lacking", rows(1, lacking=("v2", "v3")))
    show(browser, file, 1440, 900)
    browser.find_element("css selector", ".shot").click()
    opened(browser)
    for version in ("v2", "v3"):
        browser.find_element("css selector", f'[data-version="{version}"]').click()
        opened(browser)
    press(browser, "k", "v")
    assert "These two were not compared" in opened(browser)
    assert browser.execute_script(LEFT) == ["v3/p.jpg", "v2/p.jpg"]
    assert browser.get_log("browser") == []


def test_picks_leave_as_a_table_and_as_sidecars_and_are_there_again(
    driver: WebDriver, page: Path, tmp_path: Path
) -> None:
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    to_sheet(driver)
    press(driver, "p", "5", Keys.ARROW_RIGHT, "x")
    show(driver, page, 1440, 900)
    assert driver.find_element("css selector", ".marked").text == "2 photos marked", "also after a reload"
    for name in ("csv", "xmp"):
        driver.find_element("css selector", f"[data-act={name}]").click()
    files = [tmp_path / "run-picks.csv", tmp_path / "run-xmp.zip"]
    until = time.monotonic() + 20
    while not all(file.exists() and file.stat().st_size for file in files) and time.monotonic() < until:
        time.sleep(0.05)
    table = list(csv.reader(io.StringIO(files[0].read_text("utf-8"))))
    assert table == [
        ["file", "scene", "version", "pick", "stars"],
        ["v1/p.jpg", "s11", "v1", "picked", "5"],
        ["v2/p.jpg", "s11", "v2", "rejected", ""],
    ]
    with zipfile.ZipFile(files[1]) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["v1/p.jpg.xmp", "v2/p.jpg.xmp"]
        told = [ET.fromstring(archive.read(name))[0][0].attrib for name in archive.namelist()]
    rating, pick = "{http://ns.adobe.com/xap/1.0/}Rating", "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}pick"
    assert [(one[rating], one[pick]) for one in told] == [("5", "1"), ("-1", "-1")]


def test_a_table_of_picks_is_loaded_again_and_a_bad_one_changes_nothing(
    driver: WebDriver, tmp_path: Path
) -> None:
    chooser = driver.find_element("css selector", "[data-picks]")

    def load(*lines: str) -> str:
        (tmp_path / "picks.csv").write_text(
            "\ufeff" + "\r\n".join(["scene,file,stars,pick", *lines, ""]), "utf-8"
        )
        driver.execute_script("document.querySelector('.marked').textContent = ''")
        chooser.send_keys(str(tmp_path / "picks.csv"))
        marked = driver.find_element("css selector", ".marked")
        WebDriverWait(driver, 20).until(lambda _: marked.text)
        return marked.text

    unknown = '"x, ""y""",elsewhere.jpg,1,'
    said = load("s00,v1/p.jpg,5,picked", "s00,v2/p.jpg,,rejected", unknown)
    assert said == "2 photos marked; 1 photo of the CSV not in this run"
    marks = "return [...document.querySelectorAll('.card .mark')].slice(0, 3).map(one => one.textContent)"
    assert driver.execute_script(marks) == ["✓ ★★★★★", "✕", ""]
    assert load("s00,v3/p.jpg,3,", "s00,v1/p.jpg,9,picked").startswith("Not loaded: line 3: “9”; expected")
    assert load('s00,"v3/p.jpg,3,').startswith("Not loaded: line 2 is no CSV")
    assert driver.execute_script(marks) == ["✓ ★★★★★", "✕", ""]
    assert load("s00,v1/p.jpg,,", "s00,v3/p.jpg,3,") == "2 photos marked"
    assert driver.execute_script(marks) == ["", "✕", "★★★"]


def test_names_of_sidecars_stay_within_the_folder_and_raw_files_lose_their_ending(driver: WebDriver) -> None:
    names = ["a/IMG_1.CR3", "../../etc/p.jpg", "C:\\d\\x.jpg", "é & <b>.webp", "..", "a/b.DNG"]
    found = driver.execute_script("return arguments[0].map(exporting.sidecarName)", names)
    assert found == [
        "a/IMG_1.xmp",
        "etc/p.jpg.xmp",
        "C_/d/x.jpg.xmp",
        "é & _b_.webp.xmp",
        "photo.xmp",
        "a/b.xmp",
    ]
    unique = driver.execute_script("return exporting.unique(arguments[0])", ["a.xmp", "A.xmp", "b.xmp"])
    assert unique == ["a.xmp", "A-2.xmp", "b.xmp"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1440, 900), (3840, 2160)])
def test_sheet_and_versions_fit_a_phone_a_tablet_and_a_large_screen(
    browser: WebDriver, page: Path, width: int, height: int
) -> None:
    show(browser, page, width, height)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    top = browser.execute_script("return document.querySelector('.shot').getBoundingClientRect().top")
    assert top < height / 2, "photos are on the first screen"
    small = browser.execute_script(
        "return [...document.querySelectorAll('nav a, .filters button, .sheet-tools select')]"
        ".filter(one => one.offsetHeight && one.offsetHeight < (innerWidth < 1100 ? 40 : 30)).length"
    )
    assert small == 0, "fingers need room"
    browser.find_element("css selector", ".shot").click()
    opened(browser)
    for name in ("close", "after"):
        box = browser.find_element("css selector", f"[data-act={name}]").rect
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    strip = browser.find_element("css selector", ".strip").rect
    assert strip["y"] + strip["height"] <= height + 1
    assert browser.find_element("css selector", ".view").rect["height"] > 0.15 * height
    assert browser.get_log("browser") == []


def test_a_page_with_its_data_beside_it_works_from_the_disk(browser: WebDriver, tmp_path: Path) -> None:
    some = [*rows(700), failure("cut short", "timeout", scene="x")]
    file = made(tmp_path / "many one?#%", some, 10)
    show(browser, file, 1440, 900)
    settle(browser)
    assert len(browser.execute_script(CARDS)) < 60, "only cards in sight are in the document"
    assert browser.execute_async_script(LOADED)
    to_sheet(browser)
    press(browser, Keys.END, Keys.ARROW_UP)
    assert browser.execute_script("return document.activeElement.matches('.shot')")
    inside = browser.execute_script(
        "const box = document.activeElement.getBoundingClientRect();"
        "return box.top >= 0 && box.bottom <= innerHeight + 1"
    )
    assert inside
    assert choose(browser, "[data-filter=text]", "found no answer") == ["cut short"]
    assert choose(browser, "[data-filter=text]", "s650") == ["s650"]
    browser.find_element("css selector", ".shot").click()
    assert "v1 (A) is better" in opened(browser)
    sent = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in sent if one["method"] == "Network.requestWillBeSent"]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
    assert browser.get_log("browser") == []


def test_a_page_that_lost_its_folder_says_so(browser: WebDriver, tmp_path: Path) -> None:
    file = made(tmp_path / "moved", rows(3), 1)
    (file.parent / "report_files").rename(file.parent / "elsewhere")
    show(browser, file, 1440, 900)
    until = time.monotonic() + 20
    while not (text := browser.find_element("css selector", ".lost").text) and time.monotonic() < until:
        settle(browser)
    assert "is the folder report_files still beside this page?" in text
    browser.get_log("browser")


MARKED = """
const isMarked = (one) => one.querySelector('.mark').textContent;
const marked = [...document.querySelectorAll('.shot')].filter(isMarked);
return marked.map((one) => one.querySelector('img').alt);
"""


def test_picks_are_there_again_by_name_in_a_page_that_was_written_anew(
    browser: WebDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sheet", "run"):
        monkeypatch.setattr(f"twinlens.report.{module}.SHOTS", 2)
    some = [verdict(f"p{at}", files=(f"v1/{at}.jpg", f"v2/{at}.jpg")) for at in range(4)]
    file = made(tmp_path, some, inside=1)
    show(browser, file, 1440, 900)
    to_sheet(browser)
    press(browser, Keys.END, "p", "3")
    wait = WebDriverWait(browser, 10)
    wait.until(lambda _: browser.execute_script("return localStorage.length"))
    (picked,) = browser.execute_script(MARKED)
    assert "of p3" in picked
    backwards = "".join(json.dumps(row) + "\n" for row in some[::-1])
    (file.parent / "rows.jsonl").write_text(backwards, "utf-8")
    file.write_text(run_page(RunFolder(file.parent), file, PageRequest(inside=1)), "utf-8")
    show(browser, file, 1440, 900)
    wait.until(lambda _: browser.execute_script(MARKED) == [picked])
    browser.execute_script("localStorage.clear()")
    assert browser.get_log("browser") == []
