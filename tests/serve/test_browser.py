"""The review page as an expert uses it: in a browser, by keyboard, on a phone and on a desk."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from kgpipe.workspace import Workspace
from tests.browser import open_chromium, resize
from tests.serve.corpus import HOSTILE
from tests.serve.running import serve

# One process starts one browser.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
# A busy machine draws a page in a second.
PATIENCE = 30
TABS = {"facts": "1", "conflicts": "2", "merges": "3"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(tmp_path_factory.mktemp("profile")) as chrome:
        resize(chrome, 1440)
        yield chrome


@pytest.fixture
def page(folder: Path, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The page of a new workspace, in a tab of its own."""
    with serve(folder, "--port", "0", "--reviewer", "Ana") as (address, _):
        first = browser.current_window_handle
        open_tab(browser, address)
        yield browser
        for handle in browser.window_handles:
            if handle != first:
                browser.switch_to.window(handle)
                browser.close()
        browser.switch_to.window(first)
        resize(browser, 1440)


def open_tab(browser: webdriver.Chrome, address: str) -> str:
    browser.switch_to.new_window("tab")
    resize(browser, 1440)
    browser.get(address)
    until(browser, lambda: statement(browser))
    return str(browser.current_window_handle)


def until(browser: webdriver.Chrome, condition: Callable[[], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())


def text(browser: webdriver.Chrome, selector: str) -> str:
    script = "return document.querySelector(arguments[0])?.textContent ?? ''"
    return str(browser.execute_script(script, selector))


def statement(browser: webdriver.Chrome) -> str:
    return text(browser, "main .statement")


def press(browser: webdriver.Chrome, *keys: str) -> None:
    for key in keys:
        webdriver.ActionChains(browser).send_keys(key).perform()


def label(browser: webdriver.Chrome, key: str) -> str:
    """Label the fact that is shown; return its words once the next one is there."""
    shown = statement(browser)
    press(browser, key)
    until(browser, lambda: statement(browser) != shown)
    return shown


def labels_in(folder: Path) -> list[str]:
    opened = Workspace(folder, create=False)
    try:
        return [found.label for found in opened.labels()]
    finally:
        opened.close()


def progress(browser: webdriver.Chrome) -> str:
    return text(browser, "#progress-text")


def test_ten_labels_by_keyboard_outlive_a_reload(page: webdriver.Chrome, folder: Path) -> None:
    seen = [label(page, "sru"[number % 3]) for number in range(10)]
    assert len(set(seen)) == 10
    assert sorted(labels_in(folder)) == ["refuted"] * 3 + ["supported"] * 4 + ["unclear"] * 3
    shown = statement(page)
    page.refresh()
    until(page, lambda: statement(page) == shown)
    assert progress(page).startswith("10 of 14 labelled, 10 by you")
    press(page, "z")
    until(page, lambda: statement(page) == seen[-1])
    until(page, lambda: progress(page).startswith("9 of 14"))
    assert len(labels_in(folder)) == 9, "an undo works after a reload too"


def test_a_comment_and_a_draft_are_kept(page: webdriver.Chrome, folder: Path) -> None:
    press(page, "c", *"not so")
    shown = statement(page)
    page.refresh()
    until(page, lambda: statement(page) == shown)
    field = page.find_element(By.CSS_SELECTOR, ".answer textarea")
    until(page, lambda: field_value(page) == "not so")
    field.click()
    press(page, Keys.END, *", or", Keys.ESCAPE)
    label(page, "r")
    opened = Workspace(folder, create=False)
    [stored] = opened.labels()
    opened.close()
    assert (stored.label, stored.comment, stored.annotator) == ("refuted", "not so, or", "Ana")
    assert field_value(page) == ""


def field_value(browser: webdriver.Chrome) -> str:
    return str(browser.execute_script("return document.querySelector('.answer textarea').value"))


def test_two_tabs_see_each_other(page: webdriver.Chrome, folder: Path) -> None:
    first = page.current_window_handle
    address = page.current_url
    shown = statement(page)
    second = open_tab(page, address)
    assert statement(page) == shown
    press(page, "s")
    until(page, lambda: statement(page) != shown)
    page.switch_to.window(first)
    until(page, lambda: progress(page).startswith("1 of 14 labelled, 1 by you"))
    until(page, lambda: "You: supported" in text(page, ".card"))
    assert statement(page) == shown, "what somebody is reading is not taken away"
    press(page, "r")
    until(page, lambda: statement(page) != shown)
    assert labels_in(folder) == ["refuted"]
    # The other tab's undo would take back what is no longer its own.
    page.switch_to.window(second)
    press(page, "z")
    until(page, lambda: "Not undone" in text(page, "#notice"))
    assert labels_in(folder) == ["refuted"]
    page.switch_to.window(first)
    press(page, "z")
    until(page, lambda: labels_in(folder) == ["supported"])


def test_a_killed_server_loses_nothing(browser: webdriver.Chrome, folder: Path) -> None:
    first = browser.current_window_handle
    with serve(folder, "--port", "0", "--reviewer", "Ana") as (address, process):
        open_tab(browser, address)
        seen = [label(browser, "s") for _ in range(3)]
        shown = statement(browser)
        process.kill()
        process.wait()
        press(browser, "s")
        until(browser, lambda: "does not answer" in text(browser, "#notice"))
        assert statement(browser) == shown, "what was not stored is not passed over"
    assert labels_in(folder) == ["supported"] * 3
    with serve(folder, "--port", "0", "--reviewer", "Ana") as (address, _):
        browser.get(address)
        until(browser, lambda: progress(browser).startswith("3 of 14 labelled, 3 by you"))
        # The order has learned from the labels, so that another fact may come next; none again.
        until(browser, lambda: statement(browser))
        assert statement(browser) not in seen
        label(browser, "s")
        assert len(labels_in(folder)) == 4
    browser.close()
    browser.switch_to.window(first)


def test_hostile_text_is_text(page: webdriver.Chrome) -> None:
    # Selenium does not tell the type of its log, which still holds what other tests provoked.
    log: Any = page
    log.get_log("browser")
    press(page, "/", *"onerror")
    until(page, lambda: "onerror" in statement(page))
    until(page, lambda: HOSTILE in text(page, ".source mark"))
    press(page, Keys.ESCAPE, "n", "n", "n", "p", "2", "3")

    def shown_again() -> str:
        # A key is dropped while an answer is under way.
        press(page, "1")
        return statement(page)

    until(page, shown_again)
    assert page.title == "Review w"
    assert (
        page.execute_script("return document.querySelectorAll('main img, main script').length") == 0
    )
    assert [entry for entry in log.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_quote_is_marked_on_its_page(page: webdriver.Chrome) -> None:
    press(page, "/", *"electricity", Keys.ESCAPE)
    until(page, lambda: "electricity" in statement(page))
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, ".sheet .mark"))
    mark, sheet = (box(page, selector) for selector in (".sheet .mark", ".sheet"))
    assert "river.pdf, page 1" in text(page, ".source .caption")
    # The fourth line stands at 120 of 700 points, 40 from the left; see `tests.inputs.pdf_of`.
    assert (mark["y"] + mark["height"] / 2 - sheet["y"]) / sheet["height"] == pytest.approx(
        177 / 700, abs=0.02
    )
    assert (mark["x"] - sheet["x"]) / sheet["width"] == pytest.approx(40 / 500, abs=0.02)
    picture = (
        "const i = new Image();i.src = document.querySelector('.sheet image').getAttribute('href');"
    )
    decoded = page.execute_async_script(
        f"{picture} i.decode().then(() => arguments[0](i.naturalWidth))"
    )
    assert decoded == 1000
    press(page, "+", "+", "-")
    assert box(page, ".sheet")["width"] > sheet["width"]


def box(browser: webdriver.Chrome, selector: str) -> dict[str, float]:
    script = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
    return dict(browser.execute_script(script, selector))


def test_evidence_is_gone_through_by_keyboard(page: webdriver.Chrome) -> None:
    press(page, "/", *"miners use mercury", Keys.ESCAPE)
    until(page, lambda: "mercury" in statement(page))
    sources = set()
    for _ in range(len(page.find_elements(By.CSS_SELECTOR, ".piece"))):
        until(page, lambda: text(page, ".source .caption"))
        sources.add(text(page, ".source .caption"))
        press(page, "e")
    assert any("survey.txt" in source for source in sources)
    press(page, "q")
    assert text(page, ".piece[aria-pressed=true] .role") == "stated in"


def test_conflicts_and_merges_by_keyboard(page: webdriver.Chrome, folder: Path) -> None:
    press(page, "2")
    until(page, lambda: len(page.find_elements(By.CSS_SELECTOR, ".rival mark")) == 2)
    press(page, "s")
    until(page, lambda: "You: supported" in text(page, ".rival.chosen"))
    chosen = text(page, ".rival.chosen .statement")
    press(page, Keys.ARROW_RIGHT)
    until(page, lambda: text(page, ".rival.chosen .statement") != chosen)
    press(page, "r")
    until(page, lambda: "You: refuted" in text(page, ".rival.chosen"))
    assert sorted(labels_in(folder)) == ["refuted", "supported"]
    press(page, "3")
    until(page, lambda: "Hg" in text(page, ".names"))
    press(page, "d")
    until(page, lambda: "You: different" in text(page, ".card"))
    assert "Apply now" in text(page, "#notice")
    press(page, "z")
    until(page, lambda: "You:" not in text(page, ".card"))
    press(page, "d")
    until(page, lambda: "Apply now" in text(page, "#notice"))
    page.find_element(By.CSS_SELECTOR, "#notice button").click()
    until(page, lambda: "15 facts" in progress(page) or "of 15 labelled" in progress(page))
    until(page, lambda: "kept apart" in text(page, ".names"))


def test_keys_are_told_and_can_be_switched_off(page: webdriver.Chrome, folder: Path) -> None:
    press(page, "?")
    until(page, lambda: page.find_element(By.ID, "keys").is_displayed())
    press(page, "s")
    page.find_element(By.ID, "keys-on").click()
    press(page, Keys.ESCAPE)
    until(page, lambda: not page.find_element(By.ID, "keys").is_displayed())
    press(page, "s", "n")
    assert labels_in(folder) == []
    press(page, "?")
    until(page, lambda: page.find_element(By.ID, "keys").is_displayed())
    page.find_element(By.ID, "keys-on").click()
    press(page, Keys.ESCAPE)
    until(page, lambda: not page.find_element(By.ID, "keys").is_displayed())
    label(page, "s")


def test_every_control_is_reached_by_tab_and_its_focus_is_seen(page: webdriver.Chrome) -> None:
    reached: dict[str, str] = {}
    for _ in range(40):
        press(page, Keys.TAB)
        name, outline = page.execute_script(
            "const e = document.activeElement; const style = getComputedStyle(e);"
            "if (e === document.body) return ['', ''];"
            "return [e.id || e.name || e.dataset.answer || e.className || e.textContent,"
            " `${style.outlineStyle} ${parseFloat(style.outlineWidth) >= 2}`]"
        )
        reached[name] = outline
    del reached[""]
    wanted = {"reviewer", "keys-button", "words", "verdict", "labels", "clear", "supported",
              "refuted", "unclear", "sheet-scroll"}  # fmt: skip
    assert wanted <= reached.keys()
    assert set(reached.values()) == {"solid true"}, reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_every_view_fits_the_screen(page: webdriver.Chrome, width: int, scheme: str) -> None:
    resize(page, width)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for view, key in TABS.items():
        press(page, key)
        until(page, partial(is_shown, page, view))
        until(page, lambda: page.find_elements(By.CSS_SELECTOR, ".source .sheet, .source .passage"))
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        outside = page.execute_script(
            "return [...document.querySelectorAll('body *')]"
            ".filter(e => !e.closest('.sheet-scroll') && e.checkVisibility())"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.outerHTML.slice(0, 100))"
        )
        assert outside == []
        for name in page.execute_script(
            "return [...document.querySelectorAll('main button, header button, main textarea')]"
            ".filter(e => e.checkVisibility()).map(e => e.ariaLabel || e.textContent.trim())"
        ):
            assert name
        assert contrast(page, ".answer .choice") >= 4.5
        assert contrast(page, ".caption") >= 4.5


def is_shown(browser: webdriver.Chrome, view: str) -> bool:
    return bool(browser.execute_script("return document.body.dataset.view") == view)


def contrast(browser: webdriver.Chrome, selector: str) -> float:
    """The lowest contrast of text on its background (WCAG 2.2, 1.4.3 asks for 4.5)."""
    return float(
        browser.execute_script(
            """
            const parse = (text) => text.match(/[\\d.]+/g).map(Number);
            const behind = (e) => { for (; e; e = e.parentElement) {
              const c = parse(getComputedStyle(e).backgroundColor);
              if (c.length < 4 || c[3]) return c; }
              return [255, 255, 255]; };
            const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
              return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
              return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            return Math.min(...[...document.querySelectorAll(arguments[0])].map((e) => {
              const pair = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort();
              return (pair[1] + 0.05) / (pair[0] + 0.05); }));
            """,
            selector,
        )
    )
