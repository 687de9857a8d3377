"""The sample corpus in ``data/sample`` is complete and consistent."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
PDFS = sorted((SAMPLE / "pdf").glob("*.pdf"))


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def triples() -> list[dict[str, object]]:
    return [
        json.loads(line)
        for line in (SAMPLE / "gold" / "triples.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def squeeze(text: str) -> str:
    """Undo line-end hyphens and line breaks.

    At a line end nobody can tell a hyphen of the word from one that was put in, so all hyphens go,
    on both sides of the comparison. pdfium marks a hyphen at a line end with U+FFFE or U+0002.
    """
    return re.sub(r"\s+", " ", re.sub(r"-\s*[\r\n]+|[\ufffe\x02](?:\r?\n)?|-", "", text)).strip()


@pytest.fixture(scope="module")
def pages() -> dict[str, list[str]]:
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 reads the pages")
    out = {}
    for path in PDFS:
        pdf = pdfium.PdfDocument(path)
        out[path.name] = [squeeze(page.get_textpage().get_text_range()) for page in pdf]
    return out


def test_nine_documents_of_two_to_four_pages(pages: dict[str, list[str]]) -> None:
    assert len(pages) == 9
    assert {name: len(text) for name, text in pages.items() if not 2 <= len(text) <= 4} == {}


def test_every_document_says_that_it_contains_errors(pages: dict[str, list[str]]) -> None:
    notice = re.compile("contains deliberate errors|contiene errores deliberados")
    assert [name for name, text in pages.items() if not notice.search(text[0])] == []


def test_renders_to_the_same_bytes(tmp_path: Path) -> None:
    for line in (SAMPLE / "requirements-render.txt").read_text().split():
        package, version = line.split("==")
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{package} is not installed")
        if found != version:
            pytest.skip(f"rendered with {line}, here is {found}")
    subprocess.run([sys.executable, str(SAMPLE / "render.py"), "--out", str(tmp_path)], check=True)
    for folder in ("pdf", "evidence"):
        for made in sorted((tmp_path / folder).glob("*.pdf")):
            assert made.read_bytes() == (SAMPLE / folder / made.name).read_bytes(), made.name
    assert len(list((tmp_path / "pdf").glob("*.pdf"))) == len(PDFS)


def test_every_quote_is_on_its_page(pages: dict[str, list[str]]) -> None:
    missing = [
        t["id"]
        for t in triples()
        if squeeze(str(t["quote"])) not in pages[str(t["document"])][int(str(t["page"])) - 1]
    ]
    assert missing == []


def test_triples_are_well_formed() -> None:
    gold = triples()
    assert len({t["id"] for t in gold}) == len(gold)
    for t in gold:
        assert t["subject"] and t["predicate"] and t["object"], t["id"]
        assert isinstance(t["negated"], bool) and isinstance(t["hedged"], bool), t["id"]
        assert not re.match(r"(the|a|an|el|la|los|las) ", f"{t['subject']}"), t["id"]


def test_labels_point_to_triples_and_files() -> None:
    gold = {t["id"]: t for t in triples()}
    labels = rows("gold/labels.csv")
    files = {p.name for p in (SAMPLE / "evidence").iterdir()} | {p.name for p in PDFS}
    for row in labels:
        triple = gold[row["id"]]
        assert (row["subject"], row["predicate"], row["object"]) == (
            triple["subject"],
            triple["predicate"],
            triple["object"],
        )
        assert row["group"] == triple["document"]
        named = [name for name in row["evidence"].split(";") if name]
        assert set(named) <= files - {row["group"]}, row["id"]
        assert named or row["label"] == "unclear", row["id"]
    share = {
        x: sum(r["label"] == x for r in labels) / len(labels)
        for x in ("supported", "refuted", "unclear")
    }
    assert sum(share.values()) == pytest.approx(1)
    assert 0.4 <= share["supported"] <= 0.6
    assert min(share.values()) >= 0.2


def test_sources_name_existing_documents_and_every_triple() -> None:
    listed = rows("SOURCES.csv")
    names = {p.name for p in PDFS}
    assert {row["document"] for row in listed} == names
    assert {row["kind"] for row in listed} == {"sourced", "illustrative"}
    assert all(row["source_path"] for row in listed if row["kind"] == "sourced")
    assert len(listed) == len(triples())


def test_both_contradictions_are_listed() -> None:
    pairs = rows("gold/contradictions.csv")
    gold = {t["id"]: t for t in triples()}
    assert len(pairs) == 2
    for pair in pairs:
        first, second = gold[pair["first"]], gold[pair["second"]]
        assert first["document"] != second["document"] and first["object"] != second["object"]
    notes = [row["note"] for row in rows("SOURCES.csv")]
    for number in (1, 2):
        assert sum(f"contradiction {number}:" in note for note in notes) == 2


def test_shared_facts_come_from_several_documents() -> None:
    gold = {t["id"]: t for t in triples()}
    shared = rows("gold/shared_facts.csv")
    assert len(shared) >= 12
    for row in shared:
        assert len({gold[i]["document"] for i in row["triples"].split(";")}) >= 2, row["fact"]


def test_entities_have_one_cluster_a_name() -> None:
    listed = rows("gold/entities.csv")
    assert len({row["name"] for row in listed}) == len(listed)
    kinds = ["place", "organisation", "substance", "process", "person", "law", "document"]
    assert {row["kind"] for row in listed} <= {*kinds, "site", "quantity", "other"}
    of = {row["name"]: row["entity"] for row in listed}
    for one, other in (
        ("Republic of the Congo", "Democratic Republic of the Congo"),
        ("Guinea", "Equatorial Guinea"),
        ("Guinea", "Guyana"),
        ("mercury", "mercury vapour"),
    ):
        assert of[one] != of[other]


def test_evidence_has_title_body_and_source() -> None:
    texts = [p for p in sorted((SAMPLE / "evidence").iterdir()) if p.suffix in {".txt", ".md"}]
    assert 25 <= len(list((SAMPLE / "evidence").iterdir())) <= 40
    for path in texts:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        assert len(lines) >= 3, path.name
        assert re.match(r"Source: |Illustrative text for the sample corpus\.$", lines[-1]), (
            path.name
        )
        assert 40 <= len(" ".join(lines[1:-1]).split()) <= 150, path.name
