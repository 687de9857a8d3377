"""The report as people see it: in a browser, on a phone and on a desk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from kgpipe.evaluate.compare import compare_sides, side_of_verdicts, write_comparison
from kgpipe.evaluate.gold import GoldLabel, VerdictRow
from kgpipe.evaluate.report import evaluate_graph, evaluate_verdicts, write_report
from kgpipe.types import Polarity
from tests.browser import open_chromium, resize
from tests.evaluate.builders import make_graph, write_gold

# One process starts one browser.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
WIDTHS = (360, 1440)
LABELS: tuple[Polarity, ...] = ("supported", "refuted", "unclear")
# Words that wrap nowhere by themselves.
LONG = "AsociaciónDeMinerosAuríferosArtesanales_" * 4


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A graph against gold, and ninety verdicts, enough for the reliability curve."""
    folder = tmp_path_factory.mktemp("reports")
    write_report(evaluate_graph(make_graph(), write_gold(folder / "gold")), folder / "graph")
    labels, verdicts = folder / "labels.csv", folder / "verdicts.jsonl"
    rows = [f"{n},{LABELS[n % 3]},A,{LONG}{n % 7}\n" for n in range(90)]
    labels.write_text("".join(["id,label,annotator,group\n", *rows]), encoding="utf-8")
    verdicts.write_text("".join(map(_verdict_line, range(90))), encoding="utf-8")
    write_report(evaluate_verdicts(verdicts, labels), folder / "verdicts")
    return {name: folder / name / "report.html" for name in ("graph", "verdicts")}


def _verdict_line(number: int) -> str:
    place = {"source": f"evidence/{LONG}.txt", "start": 0, "end": 9, "quote": f"It said {LONG}."}
    label, probability = LABELS[number % 5 % 3], number / 90
    return json.dumps(
        {"id": str(number), "label": label, "probability": probability, "evidence": [place]}
    ) + "\n"  # fmt: skip


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest, browser: webdriver.Chrome) -> int:
    resize(browser, request.param)
    return int(request.param)


@pytest.fixture(params=["graph", "verdicts"])
def page(
    request: pytest.FixtureRequest,
    browser: webdriver.Chrome,
    width: int,
    reports: dict[str, Path],
) -> webdriver.Chrome:
    """One report at one width, everything that can be unfolded open."""
    _take_log(browser, "performance")
    _take_log(browser, "browser")
    browser.get(reports[request.param].as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.execute_script("return window.innerWidth") == width
    return browser


def test_nothing_overflows_the_screen(page: webdriver.Chrome, width: int) -> None:
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    # What is wider than its place can be scrolled there, and nothing else is.
    outside = page.execute_script(
        "return [...document.querySelectorAll('body *')]"
        ".filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 100))"
    )
    assert outside == []


def test_no_fault_and_no_request_beside_the_file(page: webdriver.Chrome) -> None:
    assert _take_log(page, "browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in _take_log(page, "performance")]
    sent = [m["params"]["request"]["url"] for m in messages if m["method"].endswith("WillBeSent")]
    assert sent == [page.current_url]


def test_headings_figures_and_links_can_be_seen(page: webdriver.Chrome) -> None:
    shown = page.find_elements(By.CSS_SELECTOR, "h1, h2, h3, .tile, .bar, summary, svg")
    assert {"h1", "h2", "h3", "svg"} <= {element.tag_name for element in shown}
    assert all(element.is_displayed() and _box(element)["height"] >= 10 for element in shown)
    for link in page.find_elements(By.CSS_SELECTOR, "nav a"):
        link.click()
        target = page.find_element(By.CSS_SELECTOR, ":target")
        assert target.find_element(By.TAG_NAME, "h2").is_displayed()


def test_every_table_can_be_read(page: webdriver.Chrome) -> None:
    tables = page.find_elements(By.TAG_NAME, "table")
    assert tables
    for table in tables:
        cells = table.find_elements(By.CSS_SELECTOR, "th, td")
        assert all(cell.is_displayed() for cell in cells)
        # A column of single letters is not readable, however well it fits.
        assert all(_box(cell)["height"] < 100 for cell in cells), table.text
    # With names as short as these, no table needs to be pushed aside.
    hidden = _each(page, ".scroll", "e.scrollWidth - e.clientWidth")
    assert set(hidden) == {0}
    # In pixels; smaller is hard to read.
    assert min(_each(page, "td", "parseFloat(getComputedStyle(e).fontSize)")) >= 13


def _each(page: webdriver.Chrome, selector: str, expression: str) -> list[float]:
    """A number for each element `e` that the selector finds."""
    found = f"[...document.querySelectorAll({selector!r})]"
    return list(page.execute_script(f"return {found}.map(e => {expression})"))


def _box(element: WebElement) -> dict[str, Any]:
    return dict(element.rect)


def _take_log(browser: Any, kind: str) -> list[dict[str, Any]]:
    """What was logged since the last call; selenium does not tell its type."""
    return list(browser.get_log(kind))


def test_a_comparison_fits_the_screen(
    browser: webdriver.Chrome, width: int, tmp_path: Path
) -> None:
    rows = [VerdictRow(id=f"{LONG}{n}", label=LABELS[n % 3]) for n in range(9)]
    told = [GoldLabel(id=row.id, label="supported", votes={}) for row in rows]
    before = side_of_verdicts(rows, told, name=LONG)
    after = before.model_copy(update={"facts": {row.id: "refuted" for row in rows[3:]}})
    page = write_comparison(compare_sides(before, after), tmp_path)[2]
    browser.get(page.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert len(browser.find_elements(By.CSS_SELECTOR, "li .fact")) == 7
