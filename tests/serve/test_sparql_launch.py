import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from tests.browser import open_chromium
from tests.cli.calls import spawn

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command in a process of its own; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgpipe", "serve", "-w", str(folder), "--json", "--port", "0",
         *options],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"], process
    finally:
        process.kill()
        process.wait()


def test_a_sparql_client_reads_and_cannot_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with serve(folder) as (address, process):
        for method in ("GET", "POST", "POST_FORM"):
            client = SPARQLStore(f"{address}/sparql", method=method, returnFormat="json")
            found = client.query(
                "SELECT ?n { ?claim term:stated true ; rdf:subject/skos:prefLabel ?n }"
            )
            names = {str(row[0]) for row in found}  # type: ignore[index]
            assert "Small-scale miners" in names
        # Others may ask the same store beside it.
        beside = spawn("sparql", "ASK {}", "-w", folder, "--format", "csv")
        assert (beside.code, beside.out) == (0, "answer\nTrue\n")
        with httpx.Client(base_url=address, trust_env=False) as http:
            assert http.post("/sparql", data={"update": "DROP ALL"}).status_code == 403
        process.send_signal(signal.SIGINT)
        # As a shell tells of Ctrl+C.
        assert process.wait(timeout=10) == 130


def test_ctrl_c_ends_it_while_a_query_runs(folder: Path) -> None:
    with serve(folder, "--timeout", "60") as (address, process):
        with (
            httpx.Client(trust_env=False, timeout=1) as client,
            pytest.raises(httpx.TimeoutException),
        ):
            client.get(f"{address}/sparql", params={"query": ENDLESS})
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)


def test_ctrl_c_ends_a_query_of_the_command_line(folder: Path) -> None:
    assert spawn("sparql", "ASK {}", "-w", folder).code == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "kgpipe", "sparql", ENDLESS, "-w", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # Long enough to have begun with the query, which never ends by itself.
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=5) != 0


def test_the_page_answers_a_worked_query(folder: Path, tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    with serve(folder) as (address, _), open_chromium(tmp_path / "profile") as browser:
        browser.get(address)
        waiting = WebDriverWait(browser, 20)
        waiting.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#examples button"))
        [facts] = [
            button for button in browser.find_elements(By.CSS_SELECTOR, "#examples button")
            if button.text.startswith("facts")
        ]  # fmt: skip
        facts.click()
        waiting.until(lambda b: "row" in b.find_element(By.ID, "count").text)
        assert "Small-scale miners" in browser.find_element(By.ID, "answer").text
        # Markup in a document's text is shown as text.
        browser.get(f"{address}/?query=SELECT * {{ ?t term:subject_text ?x }}")
        waiting.until(lambda b: "onerror" in b.find_element(By.ID, "answer").text)
        assert browser.title == "SPARQL: Knowledge graph"
        # Selenium gives this function no types.
        log = browser.get_log("browser")  # type: ignore[no-untyped-call]
        assert [one for one in log if one["level"] == "SEVERE"] == []
