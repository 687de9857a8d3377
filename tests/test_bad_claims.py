"""Bad claims and evidence: each has a clear record, and nothing is lost."""

import csv
from pathlib import Path
from typing import Any

import pytest

from kgpipe.settings import Settings, VerifySettings
from kgpipe.standalone import verify_file
from kgpipe.workspace import Workspace
from tests.cli.calls import read_lines, write_lines
from tests.inputs import FACTS, pdf_of

GOOD = {"id": "good", "subject": "the council", "predicate": "banned", "object": "cyanide"}
# Pollutes, mercury, rivers.
POLLUTES = "\u062a\u0644\u0648\u062b"
MERCURY = "\u0627\u0644\u0632\u0626\u0628\u0642"
RIVERS = "\u0627\u0644\u0623\u0646\u0647\u0627\u0631"
ARABIC = f"{POLLUTES} {MERCURY} {RIVERS}."


def verify(tmp_path: Path, source: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The verdicts by id, and the rejections by item."""
    evidence = tmp_path / "evidence"
    settings = Settings(verify=VerifySettings(evidence=(str(evidence),)))
    out = tmp_path / "out.jsonl"
    verify_file(source, out, settings, Workspace(None))
    beside = Path(f"{out}.rejections.jsonl")
    rejections = read_lines(beside) if beside.exists() else []
    return {row["id"]: row for row in read_lines(out)}, {row["item"]: row for row in rejections}


@pytest.fixture(autouse=True)
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "facts.txt").write_text("\n\n".join(FACTS), encoding="utf-8")
    (folder / "arabic.txt").write_text(f"{ARABIC}\n", encoding="utf-8")
    return folder


def test_empty_fields_and_broken_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows: list[object] = [{**GOOD, "id": f"e{n}", field: value} for n, (field, value) in enumerate(
        [("subject", ""), ("predicate", "  "), ("object", "\n\t"), ("subject", None)]
    )]  # fmt: skip
    source = write_lines(tmp_path / "c.jsonl", *rows, '{"id": "cut", "subj', GOOD)
    verdicts, rejections = verify(tmp_path, source)
    assert verdicts["good"]["label"] == "supported"
    assert set(verdicts) == {"good"}
    assert {item: row["reason"] for item, row in rejections.items()} == {
        "c.jsonl:1": "empty_field", "c.jsonl:2": "empty_field", "c.jsonl:3": "empty_field",
        "c.jsonl:4": "broken_line", "c.jsonl:5": "broken_line",
    }  # fmt: skip
    assert rejections["c.jsonl:2"]["detail"] == "predicate is empty"


def test_a_table_with_empty_cells_and_an_open_quote(tmp_path: Path) -> None:
    source = tmp_path / "c.csv"
    source.write_text(
        'id,subject,predicate,object\n1,,banned,cyanide\n2,"open,banned,cyanide\n'
        "good,the council,banned,cyanide\n",
        encoding="utf-8",
    )
    verdicts, rejections = verify(tmp_path, source)
    assert set(verdicts) == {"good"}
    assert {item: row["reason"] for item, row in rejections.items()} == {
        "c.csv:2": "empty_field", "c.csv:3": "broken_line",
    }  # fmt: skip


HARD = {
    "long": {"object": "cyanide " * 1250},
    "long word": {"object": "x" * 10_000},
    "arabic": {"subject": MERCURY, "predicate": POLLUTES, "object": RIVERS},
    "turned": {"object": "\u202ecyanide\u202c"},
    "formula": {"object": '=HYPERLINK("http://x";"cyanide")'},
    "tex": {"object": r"$\mathrm{CN}^{-} \leq 5\,\%$"},
    "chemistry": {"object": "Hg\u2082Cl\u2082 + 2 NaCN"},
    "query": {"object": 'a" OR * NEAR(b) -c:d {e} \\'},
    "zero": {"object": "cyanide\u0000"},
    "emoji": {"object": "\U0001f600"},
    "blank node": {"object": "_:b7"},
}  # fmt: skip


def test_hard_values_each_have_a_verdict(tmp_path: Path) -> None:
    rows = [{**GOOD, **fields, "id": name} for name, fields in HARD.items()]
    verdicts, rejections = verify(tmp_path, write_lines(tmp_path / "c.jsonl", *rows, GOOD))
    assert list(verdicts) == [*HARD, "good"]
    assert rejections == {}
    assert all(row["status"] == "ok" for row in verdicts.values())
    assert verdicts["good"]["label"] == "supported"
    assert verdicts["blank node"]["reason"] == "unverifiable"
    assert verdicts["blank node"]["trace"][-1]["subject"] == "blank_node"
    assert verdicts["arabic"]["votes"][0]["quote"] == ARABIC
    assert verdicts["tex"]["label"] == verdicts["query"]["label"] == "unclear"


def test_the_same_values_in_a_table(tmp_path: Path) -> None:
    source = tmp_path / "c.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "subject", "predicate", "object"])
        writer.writeheader()
        writer.writerows([{**GOOD, **fields, "id": name} for name, fields in HARD.items()])
    verdicts, rejections = verify(tmp_path, source)
    assert set(verdicts) | {row["item"] for row in rejections.values()} >= set(HARD) - {"zero"}
    assert len(verdicts) + len(rejections) == len(HARD)


def test_encrypted_and_broken_evidence_is_named_and_the_rest_is_read(
    tmp_path: Path, evidence: Path
) -> None:
    (evidence / "locked.pdf").write_bytes(pdf_of(FACTS, encrypt="secret"))
    (evidence / "cut.pdf").write_bytes(pdf_of(FACTS)[:-200])
    (evidence / "lines.jsonl").write_text('{"id": "p", "text": ""}\n{"id": \n', encoding="utf-8")
    verdicts, rejections = verify(tmp_path, write_lines(tmp_path / "c.jsonl", GOOD))
    assert verdicts["good"]["label"] == "supported"
    reasons = {item: row["reason"] for item, row in rejections.items()}
    assert reasons["evidence/locked.pdf"] == "encrypted"
    assert reasons["evidence/cut.pdf"] == "corrupt"
    assert all(row["detail"] for row in rejections.values())
    # A file of evidence lines is named by itself; within a folder it is no document.
    assert "evidence/lines.jsonl" in reasons


@pytest.mark.shared
def test_the_shared_encrypted_pdfs_each_have_a_reason(shared_data: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    files = {path.name: path.read_bytes() for path in (shared_data / "pdf").rglob("*.pdf")}
    locked = {name for name, content in files.items() if b"/Encrypt" in content}
    for name in locked:
        (evidence / name).write_bytes(files[name])
    # An open one is encrypted as well: only a password to open it keeps it from being read.
    assert len(locked) > 1
    verdicts, rejections = verify(tmp_path, write_lines(tmp_path / "c.jsonl", GOOD))
    assert verdicts["good"]["label"] == "supported"
    assert rejections
    assert all(row["reason"] and row["detail"] for row in rejections.values())
