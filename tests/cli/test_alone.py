import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calls import Call, read_lines, write_lines
from tests.cli.conftest import TEXTS
from tests.openai_server import OpenAiServer

TRIPLES = [
    {"id": "t1", "subject": "Ghana", "predicate": "exports", "object": "gold"},
    {"id": "t2", "subject": "GHANA", "predicate": "mines", "object": "Gold"},
    {"id": "t3", "subject": "Peru", "predicate": "exports", "object": "gold"},
]
CLAIMS = [
    {"id": "use", "subject": "small-scale miners", "predicate": "use", "object": "mercury"},
    {"id": "ban", "subject": "the council", "predicate": "banned", "object": "cyanide"},
    {"id": "page", "subject": "the shop", "predicate": "sells", "object": "retorts",
     "sentence": "The shop sells retorts."},
    {"id": "same", "subject": "the shop", "predicate": "sells", "object": "retorts"},
]  # fmt: skip
PAGES = [
    {"id": "web", "text": "Since May the shop sells retorts.", "url": "https://example.org/shop",
     "published": "2020-06-01", "claim_id": "page"},
]  # fmt: skip


def test_extract(call: Call, tmp_path: Path) -> None:
    # Offsets count code points: the emoji is one, an e with a combining accent two.
    text = "\U0001f600 Jose\u0301 saw it. Small-scale miners use mercury in Ghana.  The end."
    source = write_lines(
        tmp_path / "in.jsonl",
        {"id": "plain", "text": "The council banned cyanide in 2019.", "page": 3},
        {"id": "odd", "text": text},
        '{"id": "broken", "text": ',
        {"id": "es", "text": "La minería artesanal utiliza mercurio en los ríos de la Amazonía."},
        {"id": "plain", "text": "Another text under an id that came before."},
    )
    target = tmp_path / "new" / "out.jsonl"
    answer = call("extract", source, target, "--json")
    assert answer.code == 0
    assert answer.json == {
        "out": str(target), "written": 2, "passages": 3,
        "rejected": {"broken_line": 1, "language_unsupported": 1, "repeated_id": 1},
        "rejections": f"{target}.rejections.jsonl",
    }  # fmt: skip
    plain, odd = read_lines(target)
    assert (plain["passage_id"], plain["subject"], plain["object"], plain["time"]) == (
        "plain", "council", "cyanide", "2019",
    )  # fmt: skip
    assert (odd["passage_id"], odd["object"], odd["place"]) == ("odd", "mercury", "Ghana")
    assert odd["quote"] == "Small-scale miners use mercury in Ghana."
    assert text[odd["start"] : odd["end"]] == odd["quote"]
    rejected = {row["item"]: row for row in read_lines(Path(f"{target}.rejections.jsonl"))}
    assert rejected["in.jsonl:3"]["reason"] == "broken_line"
    assert rejected["in.jsonl:5"]["reason"] == "repeated_id"
    assert "--model" in rejected["es, offset 0"]["detail"]
    # A model that is not paid has nothing to keep.
    assert {path.name for path in target.parent.iterdir()} == {
        "out.jsonl", "out.jsonl.rejections.jsonl",
    }  # fmt: skip


def reply(_: dict[str, Any]) -> str:
    """One triple of the passage below."""
    fields = {"subject": "miners", "predicate": "use", "object": "mercury"}
    return json.dumps({"triples": [fields | {"quote": "In Ghana miners use mercury."}]})


def test_extract_keeps_paid_replies_beside_its_output(call: Call, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", {"id": "1", "text": "In Ghana miners use mercury."})
    target = tmp_path / "out.jsonl"
    with OpenAiServer(reply) as server:
        options = ("--model", "openai:fake", "--base-url", server.base_url, "--json")
        assert call("extract", source, target, *options).json["written"] == 1
        [triple] = read_lines(target)
        assert (triple["subject"], triple["object"]) == ("miners", "mercury")
        assert (tmp_path / "out.jsonl.workspace").is_dir()
        asked = len(server.bodies)
        assert call("extract", source, target, *options).json["written"] == 1
        assert len(server.bodies) == asked == 1


def test_extract_leaves_the_results_of_a_run_alone(
    call: Call, workspace: Path, tmp_path: Path
) -> None:
    before = call("status", "-w", workspace, "--json").json
    source = write_lines(tmp_path / "in.jsonl", {"id": "1", "text": "Miners use mercury."})
    assert call("extract", source, tmp_path / "out.jsonl", "-w", workspace).code == 0
    assert call("status", "-w", workspace, "--json").json == before


def entities(target: Path) -> dict[str, str]:
    return {row["id"]: row["entity_id"] for row in read_lines(target)}


def test_dedupe_names(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    source = write_lines(
        tmp_path / "in.jsonl",
        {"id": "a", "name": "Ghana", "kind": "place"},
        {"id": "b", "name": "Republic of Ghana", "kind": "place", "context": "in Accra"},
        {"id": "c", "name": "Guyana", "kind": "place"},
        {"id": "d", "name": "  "},
    )
    answer = call("dedupe", source, target, "--json")
    assert answer.code == 0
    assert (answer.json["written"], answer.json["entities"]) == (3, 2)
    assert answer.json["rejected"] == {"name_empty": 1}
    rows = read_lines(target)
    assert all(set(r) == {"id", "name", "entity_id", "canonical", "reason"} for r in rows)
    ids = entities(target)
    assert list(ids) == ["a", "b", "c"]
    assert ids["a"] == ids["b"] != ids["c"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_dedupe_triples(call: Call, tmp_path: Path, form: str) -> None:
    source = tmp_path / f"in.{form}"
    if form == "jsonl":
        write_lines(source, *TRIPLES)
    else:
        write_lines(source, ",".join(TRIPLES[0]), *(",".join(t.values()) for t in TRIPLES))
    answer = call("dedupe", source, tmp_path / "out.jsonl")
    assert (answer.code, answer.out) == (0, "")
    ids = entities(tmp_path / "out.jsonl")
    assert list(ids) == ["t1:s", "t1:o", "t2:s", "t2:o", "t3:s", "t3:o"]
    assert ids["t1:s"] == ids["t2:s"] != ids["t3:s"]
    assert ids["t1:o"] == ids["t2:o"] == ids["t3:o"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_verify(call: Call, corpus: Path, tmp_path: Path, form: str) -> None:
    source = tmp_path / f"claims.{form}"
    if form == "jsonl":
        write_lines(source, *CLAIMS, "broken", CLAIMS[0])
    else:
        rows = [",".join(list(claim.values())[:4]) for claim in CLAIMS]
        write_lines(source, "id,subject,predicate,object", *rows, "x,y,,", rows[0])
    pages = write_lines(tmp_path / "pages.jsonl", *PAGES)
    target = tmp_path / "out.jsonl"
    answer = call(
        "verify", source, target, "--evidence", corpus / "ev", "--evidence", pages, "--json"
    )
    assert answer.code == 0
    fault = "broken_line" if form == "jsonl" else "empty_field"
    assert answer.json["rejected"] == {fault: 1, "repeated_id": 1}
    assert (answer.json["supported"], answer.json["refuted"], answer.json["unclear"]) == (2, 1, 1)
    verdicts = {row["id"]: row for row in read_lines(target)}
    assert {name: (row["label"], row["status"]) for name, row in verdicts.items()} == {
        "use": ("supported", "ok"), "ban": ("refuted", "ok"), "page": ("supported", "ok"),
        # The page was meant for the other claim alone.
        "same": ("unclear", "ok"),
    }  # fmt: skip
    for row in verdicts.values():
        assert {"reason", "probability", "evidence", "votes"} < set(row)
    [found] = verdicts["page"]["evidence"]
    assert found["source"] == "web"
    assert PAGES[0]["text"][found["start"] : found["end"]] == found["quote"]
    [survey] = verdicts["use"]["evidence"]
    assert survey["source"] == "ev/survey.txt"
    assert TEXTS["ev/survey.txt"][survey["start"] : survey["end"]] == survey["quote"]


def test_verify_takes_the_evidence_of_the_settings(call: Call, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "claims.jsonl", CLAIMS[2])
    pages = write_lines(tmp_path / "pages.jsonl", *PAGES)
    config = tmp_path / "kgpipe.toml"
    config.write_text(f"[verify]\nevidence = ['{pages}']\n")
    answer = call("verify", source, tmp_path / "out.jsonl", "-c", config, "--json")
    assert (answer.code, answer.json["supported"]) == (0, 1)


def test_verify_without_any_evidence_fails(call: Call, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "claims.jsonl", *CLAIMS)
    (tmp_path / "ev").mkdir()
    (tmp_path / "ev" / "empty.txt").write_text("")
    answer = call("verify", source, tmp_path / "out.jsonl", "--evidence", tmp_path / "ev")
    assert (answer.code, answer.out) == (1, "")
    assert f"Nothing usable as evidence in {tmp_path / 'ev'}." in answer.err
    assert "ev/empty.txt: The file has 0 bytes." in answer.err


@pytest.mark.parametrize("command", ["extract", "dedupe", "verify"])
def test_a_file_without_one_good_line_is_a_failure(
    call: Call, tmp_path: Path, command: str
) -> None:
    source = write_lines(tmp_path / "in.jsonl", {"identifier": "1"}, "oops")
    pages = write_lines(tmp_path / "pages.jsonl", *PAGES)
    options = ("--evidence", pages) if command == "verify" else ()
    answer = call(command, source, tmp_path / "out.jsonl", *options)
    assert answer.code == 1
    assert f"Nothing usable in {source}: 2 rejected, the first, in.jsonl:1:" in answer.err
    assert len(read_lines(tmp_path / "out.jsonl.rejections.jsonl")) == 2


@pytest.mark.parametrize("command", ["extract", "dedupe", "verify"])
def test_the_input_is_never_overwritten(command: str, call: Call, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", {"id": "a", "text": "Gold."})
    before = source.read_bytes()
    evidence = ["--evidence", tmp_path] if command == "verify" else []
    answer = call(command, source, tmp_path / "." / "in.jsonl", *evidence)
    assert answer.code == 2
    assert "is the input itself" in answer.err
    assert source.read_bytes() == before
