import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from kgpipe.evaluate.report import Report, evaluate_graph, evaluate_verdicts, write_report
from tests.evaluate.builders import make_graph, write_gold

VOID = {"meta", "rect", "path", "circle", "br", "link", "img", "input", "hr"}


class Outline(HTMLParser):
    """Collects tags and attributes, and fails on a tag that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    report = evaluate_graph(make_graph(), write_gold(tmp_path / "gold"))
    write_report(report, tmp_path / "out")
    return tmp_path / "out"


def test_the_page_is_well_formed_and_needs_no_network(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert not outline.tags & {"script", "link", "img", "iframe"}
    targets = [value for name, value in outline.attributes if name in ("href", "src")]
    ids = {f"#{value}" for name, value in outline.attributes if name == "id"}
    assert targets and ids.issuperset(targets)
    assert not re.search(r"https?://|@import|url\(", page)


def test_text_of_documents_is_data(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "gold &lt;script&gt;" in page
    assert "Said &lt;so&gt;." in page
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert r"gold \<script\>" in text
    assert "gold <script>" not in text


def test_figures_stand_on_the_page(folder: Path) -> None:
    for name in ("report.html", "report.md"):
        content = (folder / name).read_text(encoding="utf-8")
        for wanted in (
            "0.67",
            "Extraction",
            "Entity resolution",
            "encrypted",
            "dredges",
            "Bolivia",
        ):
            assert wanted in content


def test_tables_of_markdown_are_whole(folder: Path) -> None:
    lines = (folder / "report.md").read_text(encoding="utf-8").split("\n")
    for above, rule in pairwise(lines):
        if rule.startswith("|---"):
            assert above.count("|") == rule.count("|"), above


def test_the_reliability_curve_appears_with_enough_claims(tmp_path: Path) -> None:
    def page(count: int) -> str:
        labels, verdicts = tmp_path / "labels.csv", tmp_path / "v.jsonl"
        labels.write_text(
            "id,label\n" + "".join(f"{n},{n % 2}\n" for n in range(count)), encoding="utf-8"
        )
        verdicts.write_text(
            "".join(
                f'{{"id": "{n}", "label": "unclear", "probability": {n / count}}}\n'
                for n in range(count)
            ),
            encoding="utf-8",
        )
        write_report(evaluate_verdicts(verdicts, labels), tmp_path)
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    assert "<circle" not in page(49)
    assert page(50).count("<circle") == 10


def test_a_report_of_nothing_is_still_a_page(tmp_path: Path) -> None:
    paths = write_report(Report(subject="nothing"), tmp_path)
    assert all("nothing" in path.read_text(encoding="utf-8") for path in paths)
