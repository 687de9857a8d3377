"""The picture as people see it: in a browser, with a mouse, by keys, on a phone and in the dark."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from kgpipe.publish.picture import write_picture
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph
from tests.browser import open_chromium, resize
from tests.publish.graphs import one_claim_graph, sample_graph, synthetic_graph

# One process starts one browser.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with open_chromium(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def show(browser: webdriver.Chrome, tmp_path: Path) -> Any:
    def open_page(graph: Graph, *, width: int = 1400, height: int = 900) -> webdriver.Chrome:
        take_log(browser, "browser")
        take_log(browser, "performance")
        resize(browser, width, height)
        browser.get(
            write_picture(graph, tmp_path / "graph.html", settings=PublishSettings()).as_uri()
        )
        return browser

    return open_page


def take_log(browser: Any, kind: str) -> list[dict[str, Any]]:
    """What was logged since the last call; selenium does not tell its type."""
    return list(browser.get_log(kind))


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
    return list(browser.execute_script(script, selector))


def names(browser: webdriver.Chrome) -> set[str]:
    return set(texts(browser, "#canvas g.name > title"))


def press(browser: webdriver.Chrome, selector: str, text: str) -> None:
    found = browser.find_elements(By.CSS_SELECTOR, selector)
    next(element for element in found if text in element.text).click()


def click_name(browser: webdriver.Chrome, name: str) -> None:
    groups = browser.find_elements(By.CSS_SELECTOR, "#canvas g.name")
    next(one for one in groups if (one.get_attribute("aria-label") or "").startswith(name)).click()


def test_the_picture_opens_without_a_fault_or_a_request(show: Any) -> None:
    browser = show(sample_graph())
    # Rejected facts are left out at first, and names that have no other.
    assert names(browser) == {entity.name for entity in sample_graph().entities}
    assert len(texts(browser, "#canvas .line")) == 7
    assert take_log(browser, "browser") == []
    messages = [
        json.loads(entry["message"])["message"] for entry in take_log(browser, "performance")
    ]
    sent = {m["params"]["request"]["url"] for m in messages if m["method"].endswith("WillBeSent")}
    # Beside the browser's own first page, and the icon, which is empty.
    assert {url for url in sent if not url.startswith(("chrome:", "data:"))} == {
        browser.current_url
    }


def test_no_two_names_overlap(show: Any) -> None:
    for graph in (sample_graph(), synthetic_graph(2000)):
        browser = show(graph)
        overlaps = browser.execute_script(
            "const r = [...document.querySelectorAll('g.name > rect')].map(e => "
            "e.getBoundingClientRect());"
            "return r.flatMap((a, i) => r.slice(i + 1).filter(b => a.left < b.right && "
            "b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length"
        )
        assert overlaps == 0


def test_a_name_tells_its_facts_with_quotes_and_status(show: Any) -> None:
    browser = show(sample_graph())
    click_name(browser, "mercury")
    panel = browser.find_element(By.ID, "panel").text
    for told in ("mercury", "substance", "Also: quicksilver", "3 facts", "Miners use mercury.",
                 "brief.pdf, page 1", "approved", "supported, probability 0.91", "quantity: 3.5 t",
                 "a: supported. yes"):  # fmt: skip
        assert told in panel
    assert texts(browser, "g.name.chosen > title") == ["mercury"]


def test_a_line_tells_the_facts_between_two_names(show: Any) -> None:
    browser = show(sample_graph())
    browser.execute_script(
        "[...document.querySelectorAll('#canvas .edge')].find(e => "
        "e.textContent.includes('banned')).dispatchEvent(new MouseEvent('click'))"
    )
    panel = browser.find_element(By.ID, "panel").text
    assert "Suriname" in panel
    assert "In 2018 Suriname banned dredging." in panel
    assert "page 2" in panel


def test_filters_leave_what_they_name(show: Any) -> None:
    browser = show(sample_graph())
    press(browser, "#gates label", "pending")
    assert "cyanide" in names(browser)  # The denied fact about it is approved.
    press(browser, "#gates label", "approved")
    assert names(browser) == set()
    assert "No fact passes" in browser.find_element(By.ID, "told").text
    press(browser, "#gates label", "rejected")
    assert names(browser) == {"Guyana", "Peru"}
    browser.find_element(By.ID, "reset").click()
    predicate = Select(browser.find_element(By.ID, "predicate"))
    predicate.select_by_visible_text("banned (1)")
    assert names(browser) == {"Suriname", "dredging"}
    browser.find_element(By.ID, "reset").click()
    press(browser, "#kinds label", "place")
    assert names(browser) == {"miners", "mercury", "Minamata Convention"}
    browser.find_element(By.ID, "reset").click()
    Select(browser.find_element(By.ID, "verdict")).select_by_value("unclear")
    assert names(browser) == {"Peru", "cyanide"}
    browser.find_element(By.ID, "reset").click()
    Select(browser.find_element(By.ID, "document")).select_by_visible_text("brief.pdf (7)")
    assert len(texts(browser, "#canvas .line")) == 7


def test_a_kind_tells_how_many_names_it_has(show: Any) -> None:
    browser = show(sample_graph())
    counts = Counter(entity.kind or "no kind" for entity in sample_graph().entities)
    told = [f"{kind}{count}" for kind, count in counts.items()]
    assert sorted(texts(browser, "#kinds label")) == sorted(told)
    Select(browser.find_element(By.ID, "predicate")).select_by_visible_text("banned (1)")
    assert {"place1", "process1"} <= set(texts(browser, "#kinds label"))


def test_a_name_is_found_under_its_other_names_and_without_accents(show: Any) -> None:
    browser = show(sample_graph())
    search = browser.find_element(By.ID, "search")
    search.send_keys("rio be")
    assert [text for text in texts(browser, "#found button") if "Río Beni" in text]
    search.clear()
    search.send_keys("quicksilver", Keys.ENTER)
    assert texts(browser, "g.name.chosen > title") == ["mercury"]


def test_an_address_opens_the_page_at_a_name(show: Any) -> None:
    browser = show(sample_graph())
    page = browser.current_url
    browser.get(page + "#R%C3%ADo%20Beni")
    assert texts(browser, "g.name.chosen > title") == ["Río Beni"]
    click_name(browser, "mercury")
    assert browser.current_url == page + "#mercury"
    browser.get(page + "#%")
    assert take_log(browser, "browser") == []


def test_the_keyboard_is_enough(show: Any) -> None:
    browser = show(synthetic_graph(600))
    before = names(browser)
    keys = ActionChains(browser)
    browser.execute_script("document.querySelector('g.name').focus()")
    keys.send_keys(Keys.ENTER).perform()
    assert browser.execute_script("return document.activeElement.id") == "panel"
    assert texts(browser, "g.name.chosen")
    browser.execute_script("document.querySelector('g.name').focus()")
    ActionChains(browser).send_keys("+").perform()
    assert before <= names(browser)
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert not texts(browser, "g.name.chosen")
    ActionChains(browser).send_keys("/").perform()
    assert browser.execute_script("return document.activeElement.id") == "search"


def test_a_large_graph_starts_small_and_grows_where_asked(show: Any) -> None:
    browser = show(synthetic_graph(5000))
    first = names(browser)
    assert 10 <= len(first) <= 60
    told = browser.find_element(By.ID, "told").text
    assert told.startswith(f"{len(first)} names of 500 and ")
    assert "of 5,000 are drawn, the best connected first" in told
    groups = browser.find_elements(By.CSS_SELECTOR, "g.name")
    next(one for one in groups if "not drawn" in (one.get_attribute("aria-label") or "")).click()
    press(browser, "#panel .actions button", "more neighbour")
    assert first < names(browser)
    press(browser, "#panel .actions button", "Hide")
    browser.find_element(By.ID, "more").click()
    grown = names(browser)
    assert len(grown) > len(first)
    browser.find_element(By.ID, "fewer").click()
    assert len(names(browser)) < len(grown)
    click_name(browser, sorted(names(browser))[0])
    press(browser, "#panel .actions button", "Only this")
    assert len(names(browser)) < len(grown)


def test_the_table_holds_the_same_facts(show: Any) -> None:
    browser = show(sample_graph())
    browser.find_element(By.ID, "to-table").click()
    assert not browser.find_element(By.ID, "canvas").is_displayed()
    assert len(browser.find_elements(By.CSS_SELECTOR, "#table tbody tr")) == 7
    press(browser, "#table th button", "Object")
    objects = texts(browser, "#table tbody td:nth-child(3)")
    assert objects == sorted(objects, key=str.casefold)
    press(browser, "#table tbody td button", "dredging")
    assert texts(browser, "g.name.chosen > title") == ["dredging"]


def test_text_from_documents_is_never_run(show: Any) -> None:
    evil = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
    texts_ = (evil, f'"><svg onload="window.hacked=1">{evil}', f"javascript:{evil}", f"q {evil}")
    browser = show(one_claim_graph(*texts_))
    click_name(browser, "<")
    shown = browser.find_element(By.ID, "panel").text
    assert texts_[3] in shown
    browser.find_element(By.ID, "to-table").click()
    browser.find_element(By.ID, "search").send_keys("script")
    assert browser.execute_script("return window.hacked") is None
    assert not browser.find_elements(By.CSS_SELECTOR, "img, svg svg, #panel script, #table script")
    assert take_log(browser, "browser") == []


def test_zooming_panning_and_dragging(show: Any) -> None:
    browser = show(sample_graph())

    def moved() -> str:
        return str(
            browser.execute_script(
                "return document.querySelector('#canvas > g').getAttribute('transform')"
            )
        )

    before = moved()
    browser.find_element(By.ID, "zoom-in").click()
    zoomed = moved()
    assert zoomed != before
    canvas = browser.find_element(By.ID, "canvas")
    ActionChains(browser).move_to_element_with_offset(
        canvas, -300, 250
    ).click_and_hold().move_by_offset(40, 30).release().perform()
    assert moved() != zoomed
    browser.find_element(By.ID, "fit").click()
    assert moved() == before
    name = browser.find_element(By.CSS_SELECTOR, "g.name")
    place = name.get_attribute("transform")
    ActionChains(browser).drag_and_drop_by_offset(name, 35, 20).perform()
    assert name.get_attribute("transform") != place


@pytest.mark.parametrize("width", [360, 800, 1440])
@pytest.mark.parametrize("view", ["to-picture", "to-table"])
def test_nothing_overflows_the_screen(show: Any, width: int, view: str) -> None:
    long = "AsociaciónDeMinerosAuríferosArtesanales_" * 4
    browser = show(one_claim_graph(long, long, long + "x", long), width=width)
    browser.execute_script("document.getElementById('filters').open = true")
    click_name(browser, long[:20])
    browser.find_element(By.ID, view).click()
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_it_can_be_read_in_the_dark(show: Any) -> None:
    """Text on names has a contrast of 4.5 at least (WCAG 2.2, 1.4.3), in both schemes."""
    browser = show(sample_graph())
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        ratios = browser.execute_script(_CONTRASTS)
        assert ratios
        assert min(ratios) >= 4.5, scheme
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


# A canvas turns any colour that CSS can write into red, green and blue.
_CONTRASTS = """
const canvas = document.createElement("canvas").getContext("2d");
const light = (colour) => {
  canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
return [...document.querySelectorAll("g.name")].map(name => {
  const [a, b] = [getComputedStyle(name.querySelector("rect")).fill,
                  getComputedStyle(name.querySelector("text")).fill].map(light);
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
});
"""
