import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.pipeline import build, load_graph
from kgpipe.settings import DedupeSettings, Settings, VerifySettings
from kgpipe.standalone import dedupe_file, extract_file, verify_file
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace
from tests.openai_server import OpenAiServer, Step

USE = "Miners in Ghana use mercury."
SPANISH = "Los mineros de Bolivia usan mercurio para recuperar el oro de los ríos."
MINERS = {"id": "c1", "subject": "miners", "predicate": "use", "object": "mercury"}
BAN = {"id": "c2", "subject": "Peru", "predicate": "bans", "object": "dredges"}
Rows = list[dict[str, Any]]


def lines(*values: object) -> str:
    """One line a value; text is taken as it is, for lines that are not JSON."""
    return "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in values)


def read(path: Path) -> Rows:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def faults(target: Path) -> list[tuple[str, str]]:
    beside = target.with_name(f"{target.name}.rejections.jsonl")
    return [(row["item"], row["reason"]) for row in read(beside)]


def extract(source: Path, target: Path) -> dict[str, Any]:
    return extract_file(source, target, Settings(), Workspace(None), replies=Workspace(None))


def dedupe(source: Path, target: Path) -> dict[str, Any]:
    return dedupe_file(source, target, Settings())


def verify(source: Path, target: Path, *evidence: Path) -> dict[str, Any]:
    settings = Settings(verify=VerifySettings(evidence=tuple(map(str, evidence))))
    return verify_file(source, target, settings, Workspace(None))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results" / "out.jsonl"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


Write = Callable[[str, str | bytes], Path]


# ---------------------------------------------------------------- extract


def test_extract_one_triple_a_line(write: Write, out: Path) -> None:
    text = f"\U0001f4d6 Peru has laws. {USE}"
    source = write("in.jsonl", lines({"id": "p1", "text": text, "page": 7}))
    summary = extract(source, out)
    rows = read(out)
    assert summary == {"out": str(out), "written": len(rows), "passages": 1}
    [row] = [row for row in rows if row["object"] == "mercury"]
    assert (row["passage_id"], row["subject"], row["predicate"]) == ("p1", "Miners", "use")
    # An offset counts characters, as Python does, and not bytes or UTF-16 units.
    assert (row["start"], row["end"], row["quote"]) == (17, 45, USE)
    assert 0 < row["confidence"] <= 1
    assert {
        "negated",
        "hedged",
        "conditional",
        "attributed_to",
        "time",
        "place",
        "quantity",
    } <= set(row)
    assert faults(out) == []


@pytest.mark.parametrize(
    "text",
    [
        f"Use of mercury\r\n\r\n{USE[:15]}\r\n{USE[16:]}\r\n",
        f"Use of mercury\r\r{USE}\r",
        unicodedata.normalize("NFD", f"São Tomé é uma ilha. {USE} El Río Beni está en Bolivia."),
        f"  \n\n {USE}\u00a0 ",
    ],
    ids=["crlf", "cr", "nfd", "blanks"],
)
def test_extract_offsets_index_the_text_as_given(text: str, write: Write, out: Path) -> None:
    extract(write("in.jsonl", lines({"id": "p", "text": text, "lang": "en"})), out)
    rows = read(out)
    assert all(text[row["start"] : row["end"]] == row["quote"] for row in rows)
    [row] = [row for row in rows if row["object"] == "mercury"]
    # A blank line parts a heading from its text, however lines end.
    assert " ".join(row["quote"].split()) == USE


def test_extract_names_every_line_that_it_cannot_use(write: Write, out: Path) -> None:
    content = lines(
        {"id": "a", "text": USE}, "{", "", [1], {"id": "a", "text": "Another text."}, {"id": "b"},
        {"id": 5, "text": USE}, '{"id": "c", "text": "a\\ud800b"}', {"id": "es", "text": SPANISH},
        {"id": "empty", "text": ""}, {"id": "z", "text": USE, "lang": None},
    )  # fmt: skip
    summary = extract(write("in.jsonl", content), out)
    assert [row["passage_id"] for row in read(out)] == ["a", "z"]
    broken = [(f"in.jsonl:{number}", "broken_line") for number in (2, 4, 6, 7, 8)]
    expected = {*broken, ("in.jsonl:5", "repeated_id"), ("es, offset 0", "language_unsupported")}
    assert sorted(faults(out)) == sorted(expected)
    assert summary == {
        "out": str(out), "written": 2, "passages": 4,
        "rejected": {"broken_line": 5, "language_unsupported": 1, "repeated_id": 1},
        "rejections": f"{out}.rejections.jsonl",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "read_as_english"), [("en-GB", True), ("EN", True), ("es", False)]
)
def test_extract_takes_the_language_that_a_line_names(
    lang: str, read_as_english: bool, write: Write, out: Path
) -> None:
    extract(write("in.jsonl", lines({"id": "a", "text": USE, "lang": lang})), out)
    assert bool(read(out)) is read_as_english
    assert bool(faults(out)) is not read_as_english


# ---------------------------------------------------------------- dedupe


def test_dedupe_one_row_a_name(write: Write, out: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Perú")
    content = lines(
        {"id": 0, "name": "Mercury", "kind": None}, {"id": 1, "name": "mercury", "context": "..."},
        {"id": "hg", "name": "Hg", "kind": "substance"}, {"name": decomposed},
        {"id": "hg", "name": "Perú"},
    )  # fmt: skip
    summary = dedupe(write("in.jsonl", content), out)
    rows = read(out)
    assert [set(row) for row in rows] == [{"id", "name", "entity_id", "canonical", "reason"}] * 5
    # A name without an id goes by its line; one whose id came before has its row all the same.
    assert [row["id"] for row in rows] == ["0", "1", "hg", "4", "hg"]
    assert [row["name"] for row in rows] == ["Mercury", "mercury", "Hg", decomposed, "Perú"]
    entities = [row["entity_id"] for row in rows]
    assert entities[0] == entities[1] == entities[2] != entities[3] == entities[4]
    assert summary == {"out": str(out), "written": 5, "entities": 2}


def test_dedupe_two_rows_a_triple(write: Write, out: Path) -> None:
    jsonl = lines(
        {"id": "t1", "subject": "ASGM", "predicate": "uses", "object": "mercury"},
        {"subject": "Perú", "object": None}, {"id": "t3", "subject": None, "object": "gold"},
    )  # fmt: skip
    dedupe(write("in.jsonl", jsonl), out)
    assert [row["id"] for row in read(out)] == ["t1:s", "t1:o", "2:s", "t3:o"]
    assert faults(out) == [("2:o", "name_empty"), ("t3:s", "name_empty")]
    table = 'ID;Head;relation;Tail\r\nt1;ASGM;uses;Perú\r\n\r\n;"a;b";is;c\r\n'
    dedupe(write("in.csv", table.encode("cp1252")), out)
    assert [(row["id"], row["name"]) for row in read(out)] == [
        ("t1:s", "ASGM"), ("t1:o", "Perú"), ("4:s", "a;b"), ("4:o", "c"),
    ]  # fmt: skip
    # What an earlier run turned down is no longer beside the output.
    assert faults(out) == []


def test_dedupe_names_every_line_that_it_cannot_use(write: Write, out: Path) -> None:
    content = lines(
        {"id": "a", "name": "gold"}, "[]", {"id": "b"}, "{", {"id": "c", "name": "x", "kind": "y"},
        {"id": "d", "name": "\u200b"}, {"id": "e", "name": "x" * 1001},
    )  # fmt: skip
    dedupe(write("in.jsonl", content), out)
    assert [row["id"] for row in read(out)] == ["a"]
    assert faults(out) == [
        *((f"in.jsonl:{number}", "broken_line") for number in (2, 3, 4, 5)),
        ("d", "name_empty"), ("e", "name_too_long"),
    ]  # fmt: skip


ACTIVITIES = lines(
    {"id": "a", "subject": "gold mining", "predicate": "harms", "object": "fish"},
    {"id": "b", "subject": "gold mining activities", "predicate": "harm", "object": "rivers"},
)


def judged_by(server: OpenAiServer) -> Settings:
    return Settings(dedupe=DedupeSettings(judge="openai:fake", base_url=server.base_url))


def test_dedupe_asks_its_judge_once_for_good(
    write: Write, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    source, replies = write("in.jsonl", ACTIVITIES), Workspace(tmp_path / "w")
    with OpenAiServer(lambda body: '{"answer": "same"}') as server:
        for _ in range(2):
            summary = dedupe_file(source, out, judged_by(server), replies=replies)
        assert len(server.bodies) == 2
    assert (summary["asked"], summary["said_same"], summary["entities"]) == (1, 1, 3)
    shown = server.bodies[0]["messages"][-1]["content"]
    assert "A stands in: gold mining harms fish" in shown
    rows = {row["id"]: row for row in read(out)}
    assert rows["a:s"]["entity_id"] == rows["b:s"]["entity_id"]
    assert sorted(rows[name]["reason"] for name in ("a:s", "b:s")) == ["canonical", "judged"]


def test_dedupe_tells_of_a_judge_that_cannot_be_read_or_reached(
    write: Write, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    source = write("in.jsonl", ACTIVITIES)
    with OpenAiServer(lambda body: "perhaps") as server:
        dedupe_file(source, out, judged_by(server))
    assert faults(out) == [("gold mining | gold mining activities", "unparsable_reply")]
    assert len({row["entity_id"] for row in read(out)}) == 4
    unknown = Step(status=401, error={"message": "bad key"})
    with OpenAiServer(steps=[unknown]) as server, pytest.raises(KgpipeError, match="key"):
        dedupe_file(source, out, judged_by(server))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("a,b\n1,2\n", "has the columns a, b; needed are id,name"),
        ('id,name\n1,"open\n2,x\n', "line 3: .*unpaired quotation mark"),
        ("", "0 bytes"),
    ],
)
def test_dedupe_refuses_a_broken_table(table: str, message: str, write: Write, out: Path) -> None:
    with pytest.raises(UsageError, match=message):
        dedupe(write("in.csv", table), out)


# ---------------------------------------------------------------- verify


@pytest.fixture
def evidence(write: Write, tmp_path: Path, sample: Path) -> Path:
    """A text, a note, a PDF of the sample, and a file that only claims to be one."""
    write("evidence/camp.txt", "Puno, 3 May\nMiners use mercury to catch the gold.\n")
    write("evidence/note.md", "# Laws\n\nPeru does not ban dredges on any of its rivers.\n")
    write("evidence/bad.pdf", "not a pdf")
    pdf = sample / "evidence" / "31-camp-sampling.pdf"
    write("evidence/sampling.pdf", pdf.read_bytes())
    return tmp_path / "evidence"


def test_verify_one_verdict_a_claim(write: Write, out: Path, evidence: Path) -> None:
    other = {"id": "c3", "subject": "Togo", "predicate": "borders", "object": "Chad"}
    content = lines(MINERS, "{", other, {**BAN, "sentence": "Peru bans dredges."},
                    {**BAN, "id": "c1"}, {"id": "c5", "subject": "x"})  # fmt: skip
    summary = verify(write("claims.jsonl", content), out, evidence)
    rows = read(out)
    assert [(row["id"], row["label"], row["status"]) for row in rows] == [
        ("c1", "supported", "ok"), ("c3", "unclear", "ok"), ("c2", "refuted", "ok"),
    ]  # fmt: skip
    assert rows[0]["probability"] > 0.5 > rows[2]["probability"]
    [place] = rows[0]["evidence"]
    assert place["source"] == "evidence/camp.txt"
    text = (evidence / "camp.txt").read_text()
    assert text[place["start"] : place["end"]] == place["quote"]
    assert "Miners use mercury" in place["quote"]
    assert rows[1]["evidence"] == rows[1]["votes"] == []
    assert faults(out) == [
        ("claims.jsonl:2", "broken_line"), ("claims.jsonl:5", "repeated_id"),
        ("claims.jsonl:6", "broken_line"), ("evidence/bad.pdf", "not_a_pdf"),
    ]  # fmt: skip
    assert (summary["supported"], summary["refuted"], summary["unclear"]) == (1, 1, 1)


def test_verify_reads_pdf(write: Write, out: Path, evidence: Path) -> None:
    claim = lines({"id": "1", "subject": "mud", "predicate": "hold", "object": "mercury"})
    verify(write("claims.jsonl", claim), out, evidence / "sampling.pdf")
    [row] = read(out)
    assert row["label"] == "supported"
    assert [(place["source"], "held mercury" in place["quote"]) for place in row["evidence"]] == [
        ("sampling.pdf", True)
    ]
    with pytest.raises(KgpipeError, match=r"Nothing usable as evidence in .*bad\.pdf"):
        verify(write("claims.jsonl", claim), out, evidence / "bad.pdf")


def test_verify_offers_a_page_to_its_claim_alone(write: Write, out: Path) -> None:
    text = "Intro.\r\nMiners use mercury every day."
    pages = write("pages.jsonl", lines({"id": "p1", "text": text, "claim_id": "mine"}, "{"))
    claims = write("claims.jsonl", lines({**MINERS, "id": "mine"}, {**MINERS, "id": "other"}))
    verify(claims, out, pages)
    mine, other = read(out)
    assert (mine["label"], other["label"], other["reason"]) == (
        "supported", "unclear", "no_evidence",
    )  # fmt: skip
    [place] = mine["evidence"]
    assert (place["source"], text[place["start"] : place["end"]]) == ("p1", place["quote"])
    assert faults(out) == [("pages.jsonl:2", "broken_line")]
    shared = write("shared.jsonl", lines({"id": "p1", "text": text}))
    verify(claims, out, shared)
    assert [row["label"] for row in read(out)] == ["supported", "supported"]


def test_verify_takes_no_document_as_evidence_for_its_own_claim(
    write: Write, out: Path, evidence: Path
) -> None:
    claims = write("claims.jsonl", lines(MINERS, {**MINERS, "id": "own", "document": "camp.txt"}))
    verify(claims, out, evidence / "camp.txt")
    assert [row["label"] for row in read(out)] == ["supported", "unclear"]


# ---------------------------------------------------------------- all three


@pytest.fixture(params=["extract", "dedupe", "verify"])
def command(request: pytest.FixtureRequest, write: Write) -> tuple[Any, str]:
    """A command with a line that it takes."""
    pages = write("pages.jsonl", lines({"id": "p1", "text": f"{USE} Peru bans all dredges."}))
    return {
        "extract": (extract, lines({"id": "a", "text": USE})),
        "dedupe": (dedupe, lines({"id": "a", "name": "gold"}, {"id": "b", "name": "Gold"})),
        "verify": (lambda source, target: verify(source, target, pages), lines(MINERS, BAN)),
    }[request.param]


def test_a_rerun_is_byte_identical(command: tuple[Any, str], write: Write, out: Path) -> None:
    run, content = command
    source = write("in.jsonl", f"\ufeff{content}broken\n".replace("\n", "\r\n"))
    written = []
    for _ in range(2):
        run(source, out)
        written.append({path.name: path.read_bytes() for path in out.parent.iterdir()})
    assert set(written[0]) == {"out.jsonl", "out.jsonl.rejections.jsonl"}
    assert written[0] == written[1]


def test_empty_input_gives_empty_output(command: tuple[Any, str], write: Write, out: Path) -> None:
    run, _ = command
    assert run(write("in.jsonl", "\n \n"), out)["written"] == 0
    assert (out.read_bytes(), faults(out)) == (b"", [])


def test_input_without_a_usable_line_is_a_failure(
    command: tuple[Any, str], write: Write, out: Path
) -> None:
    run, _ = command
    with pytest.raises(KgpipeError, match=r"Nothing usable in .*in\.jsonl: 2 rejected.*in.jsonl:1"):
        run(write("in.jsonl", "{\n}\n"), out)
    assert [item for item, _ in faults(out)] == ["in.jsonl:1", "in.jsonl:2"]


def test_unreadable_input_and_unwritable_output(
    command: tuple[Any, str], write: Write, tmp_path: Path
) -> None:
    run, content = command
    with pytest.raises(UsageError, match=r"Cannot read .*none\.jsonl: No such file"):
        run(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    file = write("file", "")
    with pytest.raises(KgpipeError, match="Cannot write"):
        run(write("in.jsonl", content), file / "out.jsonl")


def test_a_projects_verdicts_stay_when_other_claims_are_checked(tmp_path: Path) -> None:
    facts, claims = tmp_path / "facts.csv", tmp_path / "claims.jsonl"
    facts.write_text("subject,predicate,object\nGhana,exports,gold\n")
    claims.write_text(lines(MINERS, BAN))
    evidence = tmp_path / "e"
    evidence.mkdir()
    (evidence / "a.txt").write_text(f"{USE} Ghana exports gold.")
    settings = Settings(verify=VerifySettings(evidence=(str(evidence),)))
    workspace = Workspace(tmp_path / "w", create=True)
    workspace.write_note("inputs", [str(facts)])
    graph = build([facts], workspace, settings, wire(settings, workspace))
    before = workspace.state_digest()
    verify_file(claims, tmp_path / "out.jsonl", settings, workspace)
    assert len(read(tmp_path / "out.jsonl")) == 2
    assert workspace.state_digest() == before
    assert load_graph(workspace).verdicts == graph.verdicts
