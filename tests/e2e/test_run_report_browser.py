"""The page of a run in a real browser: sort, filter, open a pair, by hand and by keyboard, also with many."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import READY, SCALES, needs_browser, press, settle, show
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from skimage.data import astronaut

from made_runs import Row, claim, failure, rate, verdict, write_run
from twinlens.report.run import PageRequest, run_page
from twinlens.report.summary import FAILURES
from twinlens.report.template import content_hash
from twinlens.runs.store import RunFolder

pytestmark = needs_browser
HOSTILE = """</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"""
IDS = "return [...document.querySelectorAll('tr[data-at] .id')].map(cell => cell.textContent)"
FOCUS = "return document.activeElement.querySelector('.id')?.textContent ?? document.activeElement.outerHTML"
OPEN = "return document.querySelector('dialog').open"
VERSIONS = {"version_a": "v1", "version_b": "v2"}


def rows() -> list[Row]:
    claims = [claim("The face in A keeps its detail."), claim("B is worse.", "b", "contradicted", box=None)]
    return [
        verdict("agree 2", "a", 0.7, label="a", scene="harbour", columns=VERSIONS),
        verdict("agree 10", "b", 0.1, label="b", kind="person", columns=VERSIONS),
        verdict("sure and wrong", "a", 0.95, label="b", claims=claims, columns=VERSIONS, kind="person"),
        verdict("turned", "tie", label="b", consistent=False, claims=[], rationale=HOSTILE, notes=[HOSTILE]),
        verdict(HOSTILE, "b", 0.4, label="a", claims=[claim(HOSTILE)]),
        failure("cut short", "timeout", label="a"),
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    whole = Image.fromarray(astronaut())
    for name, left in (("a.png", 150), ("b.png", 156)):
        whole.crop((left, 40, left + 128, 136)).save(folder / name)
    run = write_run(folder / "run", rows())
    file = run / "report.html"
    file.write_text(run_page(RunFolder(run), file), "utf-8")
    return file


@pytest.fixture
def driver(browser: WebDriver, page: Path) -> Iterator[WebDriver]:
    """The list of the page, open; afterwards nothing may have gone wrong."""
    show_list(browser, page, 1440, 900)
    yield browser
    quiet(browser)


def show_list(browser: WebDriver, page: Path, width: int, height: int) -> None:
    show(browser, page, width, height)
    browser.execute_script("location.hash = 'list'")
    settle(browser)


def quiet(browser: WebDriver) -> None:
    """The console is empty, and only the page and its own photos were asked for."""
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hacked === undefined")
    sent = [
        e["message"] for e in browser.get_log("performance") if "Network.requestWillBeSent" in e["message"]
    ]
    asked = [m for m in sent if not any(f'{name}"' in m for name in ("report.html", "a.png", "b.png"))]
    assert [m for m in asked if '"url":"data:' not in m] == []


def type_into(driver: WebDriver, name: str, text: str) -> list[str]:
    field = driver.find_element("css selector", f"[data-filter={name}]")
    if field.tag_name == "select":
        field.find_element("css selector", f'option[value="{text}"]').click()
    else:
        field.clear()
        field.send_keys(text)
    time.sleep(0.25)
    return driver.execute_script(IDS)


def open_first(driver: WebDriver) -> None:
    driver.find_element("css selector", "tr[data-at]").click()
    driver.execute_async_script(READY)


def test_disagreements_come_first_and_a_header_sorts_up_down_and_back(driver: WebDriver) -> None:
    start = ["sure and wrong", HOSTILE, "turned", "cut short", "agree 2", "agree 10"]
    assert driver.execute_script(IDS) == start
    header = driver.find_element("css selector", "[data-sort=id]")
    aria = "return document.querySelector('th.id').ariaSort"
    header.click()
    up = driver.execute_script(IDS)
    assert driver.execute_script(aria) == "ascending"
    assert up.index("agree 2") < up.index("agree 10"), "numbers in names are numbers"
    header.click()
    assert driver.execute_script(IDS) == up[::-1]
    assert driver.execute_script(aria) == "descending"
    header.click()
    assert driver.execute_script(IDS) == start
    driver.find_element("css selector", "[data-sort=confidence]").click()
    assert driver.execute_script(IDS)[-1] == "sure and wrong"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("state", "wrong", ["sure and wrong", HOSTILE]),
        ("state", "right", ["agree 2", "agree 10"]),
        ("kind", "person", ["sure and wrong", "agree 10"]),
        ("choice", "tie", ["turned"]),
        ("orders", "changed", ["turned"]),
        ("failure", "timeout", ["cut short"]),
        ("failure", "any", ["cut short"]),
        ("text", "HARBOUR", ["agree 2"]),
        ("text", "keeps its detail", ["sure and wrong"]),
        ("text", "nothing has this", []),
    ],
)
def test_filters_leave_the_pairs_that_are_like_that(
    driver: WebDriver, name: str, text: str, found: list[str]
) -> None:
    assert type_into(driver, name, text) == found
    assert driver.find_element("css selector", ".count").text == f"{len(found)} of 6 pairs"
    assert driver.find_element("css selector", ".none").is_displayed() == (not found)
    driver.find_element("css selector", ".filters [data-act=reset]").click()
    assert len(driver.execute_script(IDS)) == 6


def test_a_pair_opens_with_both_photos_its_claims_and_what_people_said(driver: WebDriver) -> None:
    open_first(driver)
    dialog = driver.find_element("css selector", "dialog").text
    for told in (
        "v1 (A) is better",
        "95 % probability that people prefer it",
        "People prefer B: v2.",
        "The face in A keeps its detail.",
        "contradicted",
        "a.png",
        "128 × 96",
    ):
        assert told in dialog
    sizes = "return [...document.querySelectorAll('dialog img')].map(img => img.naturalWidth)"
    assert driver.execute_script(sizes) == [128, 128]
    driver.find_elements("css selector", ".claim")[0].click()
    settle(driver)
    assert driver.execute_script(SCALES) == ["100 %", "100 %"], "a claim is looked at in true pixels"
    assert driver.find_element("css selector", ".outline").is_displayed()
    assert "edge width" in driver.find_element("css selector", "dialog").text


def test_the_keys_of_the_viewer_work_in_an_opened_pair(driver: WebDriver) -> None:
    open_first(driver)
    fit = driver.execute_script(SCALES)
    press(driver, "z")
    assert driver.execute_script(SCALES) == ["100 %", "100 %"]
    top = driver.find_element("css selector", ".view").rect["y"]
    for side in "ab":
        press(driver, " ")
        (seen,) = driver.find_elements("css selector", ".one .pane.shown")
        assert seen.get_attribute("data-side") == side
        assert driver.find_element("css selector", ".view").rect["y"] == top, "nothing moves but the photo"
    press(driver, "s", "f")
    assert driver.execute_script(SCALES) == fit
    press(driver, "n")
    assert driver.find_element("css selector", ".claim").get_attribute("aria-expanded") == "true"
    press(driver, Keys.ESCAPE)
    assert driver.execute_script(OPEN), "the first Escape puts the reason away"
    press(driver, Keys.ESCAPE)
    assert not driver.execute_script(OPEN)


def test_the_preference_map_of_an_opened_pair_stays_on_for_the_next_that_has_one(
    browser: WebDriver, page: Path
) -> None:
    map = [[0.1, -0.1]]
    claims = [claim("The face is sharper in A."), claim("B is less noisy.", "b")]
    made = [verdict("p", map=map, claims=claims), verdict("q"), verdict("r", map=map)]
    file = write_run(page.parent.parent / "mapped", made) / "report.html"
    file.write_text(run_page(RunFolder(file.parent), file), "utf-8")
    show_list(browser, file, 1440, 900)
    mapped = "return document.querySelector('dialog').classList.contains('mapped')"
    browser.find_element("css selector", "tr[data-at]").click()
    assert not browser.execute_script(mapped)
    headings = [head.text for head in browser.find_elements("css selector", ".claims h3")]
    assert headings == ["For it", "Against it"]
    seen = []
    for key in ("m", Keys.PAGE_DOWN, Keys.PAGE_DOWN):
        press(browser, key)
        seen.append(browser.execute_script(mapped))
    assert seen == [True, False, True]
    quiet(browser)


def test_the_keyboard_without_a_mouse_goes_from_row_to_row_and_from_pair_to_pair(driver: WebDriver) -> None:
    driver.execute_script("document.querySelector('.filters [data-act=reset]').focus()")
    for _ in range(20):
        press(driver, Keys.TAB)
        if driver.execute_script("return document.activeElement.matches('tr')"):
            break
        outline = driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    assert driver.execute_script(FOCUS) == "sure and wrong"
    press(driver, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert driver.execute_script(FOCUS) == "turned"
    press(driver, Keys.ENTER)
    assert driver.execute_script(OPEN)
    assert driver.find_element("css selector", ".verdict").text == "The choice changed with the order"
    press(driver, Keys.PAGE_DOWN)
    assert driver.find_element("css selector", ".verdict").text == "No verdict: no answer in time"
    press(driver, Keys.PAGE_UP, Keys.PAGE_UP, Keys.PAGE_UP, Keys.PAGE_UP)
    assert "v1 (A) is better" in driver.find_element("css selector", "dialog").text
    driver.execute_async_script(READY)
    press(driver, Keys.ESCAPE)
    assert driver.execute_script(FOCUS) == "sure and wrong", "the row of the pair that was open has the focus"
    press(driver, Keys.END)
    assert driver.execute_script(FOCUS) == "agree 10"


def test_markup_in_a_pair_is_shown_and_never_obeyed(driver: WebDriver) -> None:
    type_into(driver, "text", "onerror")
    driver.find_element("css selector", "tr[data-at]").click()
    driver.execute_async_script(READY)
    assert driver.find_element("css selector", ".claim .text").text == HOSTILE
    press(driver, Keys.PAGE_DOWN)
    assert HOSTILE in driver.find_element("css selector", ".words").text
    assert driver.execute_script("return document.querySelectorAll('img[onerror]').length") == 0


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (820, 1180), (390, 844)])
def test_the_page_fits_the_width_and_the_table_fills_it(
    browser: WebDriver, page: Path, width: int, height: int
) -> None:
    show_list(browser, page, width, height)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    inner, table = browser.execute_script(
        "return ['.scroller', '.list'].map(one => document.querySelector(one).offsetWidth)"
    )
    assert table == inner
    right = browser.execute_script(
        "const heads = [...document.querySelectorAll('.list thead th')].filter(head => head.offsetWidth);"
        "return heads.pop().getBoundingClientRect().right"
    )
    assert right == pytest.approx((width + inner) / 2, abs=1)
    open_first(browser)
    tools, close = browser.execute_script(
        "return [document.querySelector('dialog .tools').offsetWidth,"
        " document.querySelector('[data-act=close]').getBoundingClientRect().right]"
    )
    assert tools <= width
    assert close <= width, "the way out is in sight, also where the tools roll sideways"
    quiet(browser)


@pytest.mark.parametrize(("width", "height"), [(820, 1180), (390, 844)])
def test_names_of_pairs_and_headers_can_be_read_on_a_small_screen(
    browser: WebDriver, page: Path, width: int, height: int
) -> None:
    show_list(browser, page, width, height)
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.list th button, tr[data-at] .confidence')]"
        ".filter(one => one.offsetWidth && one.scrollWidth > one.offsetWidth).map(one => one.textContent)"
    )
    assert cut == []
    assert browser.execute_script("return document.querySelector('td.id').offsetWidth") >= 70
    open_first(browser)
    for name, sign in (("out", "−"), ("in", "+")):
        assert sign in browser.find_element("css selector", f"dialog [data-do={name}]").text
    for caption in browser.find_elements("css selector", ".caption"):
        assert caption.get_property("scrollWidth") <= caption.get_property("offsetWidth")
        assert caption.find_element("css selector", ".file").size["width"] >= 20
    press(browser, Keys.ESCAPE)


def test_failures_and_versions_are_read_in_full(browser: WebDriver, page: Path) -> None:
    versions = {"version_a": "night-mode-2024.11", "version_b": "night-mode-2025.02"}
    made = [
        verdict("night_00:night-mode-2024.11:night-mode-2025.02", columns=versions),
        *(failure(kind, kind) for kind in FAILURES),
    ]
    cut = (
        "return [...document.querySelectorAll('td.id, td.choice')]"
        ".filter(one => one.scrollWidth > one.offsetWidth).map(one => one.textContent)"
    )
    for name, some in (("versioned", made), ("plain", [*made[1:], verdict("p", label="a")])):
        folder = write_run(page.parent.parent / name, some)
        file = folder / "report.html"
        file.write_text(run_page(RunFolder(folder), file), "utf-8")
        show_list(browser, file, 1440, 900)
        assert browser.execute_script(cut) == []
        found = {one.text for one in browser.find_elements("css selector", "td.choice.failed")}
        assert found == set(FAILURES.values())
    show_list(browser, file, 820, 1180)
    assert browser.execute_script(cut) == []
    quiet(browser)


def test_a_rating_is_sorted_by_in_the_table_and_read_in_the_pair(browser: WebDriver, page: Path) -> None:
    made = [verdict(f"p{at}", "ab"[at % 2], rationale="The face in A is sharper.") for at in range(4)]
    folder = write_run(page.parent.parent / "rated", made)
    rate(
        folder, made, p0={"rating": 7}, p1={"rating": None, "failure": "timeout", "raw": ""}, p2={"rating": 2}
    )
    file = folder / "report.html"
    file.write_text(run_page(RunFolder(folder), file), "utf-8")
    show_list(browser, file, 1440, 900)
    browser.find_element("css selector", "[data-sort=rating]").click()
    assert browser.execute_script(IDS) == ["p2", "p0", "p3", "p1"]
    open_first(browser)
    told = browser.find_element("css selector", ".rated").text
    assert told == (
        'Rated 2 of 10\nby chat(model="m"), and 3 with A and B exchanged in the reasons\n'
        "The rater’s own words\nNearly all true."
    )
    press(browser, Keys.PAGE_DOWN, Keys.PAGE_DOWN, Keys.PAGE_DOWN)
    assert "Not rated: no answer in time" in browser.find_element("css selector", ".rated").text
    quiet(browser)


def test_photos_at_addresses_are_named_in_their_place_and_not_fetched(browser: WebDriver, page: Path) -> None:
    files = ("s3://bucket/v1/p.jpg", "https://example.org/v2/p.jpg")
    folder = write_run(page.parent.parent / "afar", [verdict("p", files=files)])
    file = folder / "report.html"
    file.write_text(run_page(RunFolder(folder), file), "utf-8")
    show_list(browser, file, 1440, 900)
    open_first(browser)
    shown = [one.text for one in browser.find_elements("css selector", ".absent")]
    assert shown == [
        f"The photo lies at {one}: to see it here, write the page with --embed 1600." for one in files
    ]
    names = [one.text for one in browser.find_elements("css selector", ".file")]
    assert names == ["v1/p.jpg", "v2/p.jpg"]
    quiet(browser)


def test_of_five_thousand_pairs_the_document_holds_only_rows_in_view(browser: WebDriver, page: Path) -> None:
    many = [
        verdict(
            f"p{at:04}", "ab"[at % 2], 0.5 + (0.4 if at % 2 == 0 else -0.4) * (at % 97) / 97,
            label="ab"[at % 3 == 0], scene=f"s{at // 2}", claims=[claim(f"Reason {at}.")] * 6,
        )
        for at in range(5000)
    ]  # fmt: skip
    folder = write_run(page.parent.parent / "many", many)
    file = folder / "report.html"
    file.write_text(run_page(RunFolder(folder), file), "utf-8")
    show_list(browser, file, 1440, 900)
    assert len(browser.execute_script(IDS)) < 120, "only rows in sight are in the document"
    browser.execute_script("document.querySelector('[data-sort=confidence]').click()")
    browser.execute_script("document.querySelector('tr[data-at]').focus()")
    press(browser, Keys.END)
    last = browser.execute_script(FOCUS)
    assert browser.execute_script(IDS)[-1] == last
    assert browser.execute_script("return document.activeElement.ariaRowIndex") == "5001"
    inside = browser.execute_script(
        "const row = document.activeElement.getBoundingClientRect();"
        "return row.top >= 0 && row.bottom <= innerHeight + 1"
    )
    assert inside
    browser.execute_script("scrollTo(0, document.body.scrollHeight / 2)")
    settle(browser)
    visible = "return document.elementFromPoint(600, 450).closest('tr[data-at]') !== null"
    assert browser.execute_script(visible), "rows follow the scroll"
    assert type_into(browser, "text", "reason 4321.") == ["p4321"]
    open_first(browser)
    assert "Reason 4321." in browser.find_element("css selector", "dialog").text
    quiet(browser)


STRENGTHS = """
const map = document.querySelector('dialog .map'), {width, height} = map;
const drawn = Object.assign(document.createElement('canvas'), {width, height}).getContext('2d');
drawn.drawImage(map, 0, 0);
const opaque = drawn.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 === 3);
return [Math.min(...opaque), Math.max(...opaque)];
"""


def test_a_map_is_shown_as_shares_of_its_peak_and_faintly_where_photos_hardly_differ(
    browser: WebDriver, page: Path
) -> None:
    maps = [[[0.2, 0.0]], [[0.1] * 20] * 9 + [[0.1] * 19 + [50.0]], [[0.001, -0.0002]], [[0.0, 0.0]]]
    made = [verdict(f"p{at}", map=map) for at, map in enumerate(maps)]
    file = write_run(page.parent.parent / "strengths", made) / "report.html"
    file.write_text(run_page(RunFolder(file.parent), file), "utf-8")
    show_list(browser, file, 1440, 900)
    open_first(browser)
    press(browser, "m")
    seen = []
    for _ in maps:
        mapped = browser.execute_script(
            "return document.querySelector('dialog').classList.contains('has-map')"
        )
        seen.append(browser.execute_script(STRENGTHS) if mapped else None)
        press(browser, Keys.PAGE_DOWN)
    (low, high), even, (_, faint), none = seen
    assert low < 40 < 120 < high, "the smooth map of a peak and of nothing"
    assert even == [160, 160], "one strong cell does not hide the others"
    assert faint < 10
    assert none is None
    quiet(browser)


def test_where_a_browser_scrolls_no_further_it_is_said_and_filters_bring_the_rest(
    browser: WebDriver, page: Path
) -> None:
    made = [verdict(f"p{at:03}", p_a=0.9 - at / 1000) for at in range(150)]
    file = write_run(page.parent.parent / "high", made) / "report.html"
    text = run_page(RunFolder(file.parent), file)
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    low = script.replace("HIGHEST = 15e6", "HIGHEST = 2000")
    assert low != script
    text = text.replace(script, low).replace(content_hash(script), content_hash(low))
    file.write_text(text, "utf-8")
    beyond = (
        "return [document.querySelector('.beyond').hidden, document.querySelector('.beyond').textContent]"
    )
    show_list(browser, file, 1440, 900)
    hidden, words = browser.execute_script(beyond)
    assert not hidden
    assert words.startswith("These are the first 55 of 150, as far as a browser scrolls")
    browser.execute_script("document.querySelector('tr[data-at]').focus()")
    press(browser, Keys.END)
    assert browser.execute_script(FOCUS) == "p054"
    assert type_into(browser, "text", "p149") == ["p149"]
    assert browser.execute_script(beyond)[0]
    browser.execute_script("location.hash = 'sheet'")
    browser.find_element("css selector", ".filters [data-act=reset]").click()
    settle(browser)
    assert not browser.execute_script(beyond)[0]
    quiet(browser)


def test_photos_too_many_for_the_page_are_shown_from_beside_it_with_their_pixels(
    browser: WebDriver, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinlens.report.pieces.MOST_BYTES", 1000)
    folder = write_run(page.parent.parent / "embedded", [verdict("p"), verdict("q")])
    file = folder / "report.html"
    file.write_text(run_page(RunFolder(folder), file, PageRequest(embed=64)), "utf-8")
    assert (folder / "report_files" / "photo-1.js").is_file()
    show_list(browser, file, 1440, 900)
    open_first(browser)
    sizes = "return [...document.querySelectorAll('dialog .view img')].map(img => img.naturalWidth)"
    assert browser.execute_script(sizes) == [64, 64]
    press(browser, "h")
    assert "folder" not in browser.find_element("css selector", ".scope").text, "pixels can be read"
    press(browser, "h", Keys.ESCAPE)
    assert browser.get_log("browser") == []
