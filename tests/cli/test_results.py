import csv
import json
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from kgpipe.cli.options import Form
from tests.cli.calls import Call, write_lines

QUERY = (
    "SELECT ?name ?other { ?s predicate:use ?o . "
    "?s skos:prefLabel ?name . ?o skos:prefLabel ?other }"
)
BENCHIE = "sent_id:1\tMiners use mercury .\n1--> Cluster 1:\nMiners --> use --> mercury\n"


def test_evaluate_verdicts(call: Call, tmp_path: Path) -> None:
    verdicts = write_lines(
        tmp_path / "verdicts.jsonl",
        {"id": "a", "label": "supported", "status": "ok", "probability": 0.9},
        {"id": "b", "label": "supported", "status": "ok", "probability": 0.8},
        {"id": "c", "label": "unclear", "status": "error", "probability": 0.5},
    )
    (tmp_path / "labels.csv").write_text("id,label\na,1\nb,refuted\nc,1\nd,0\n")
    out = tmp_path / "out"
    answer = call("evaluate", verdicts, "--gold", tmp_path / "labels.csv", "--out", out, "--json")
    assert answer.code == 0
    [scores] = answer.json["verification"]
    assert scores["judged"] == 2
    assert answer.json == json.loads((out / "report.json").read_text())
    assert {path.name for path in out.iterdir()} == {"report.json", "report.md", "report.html"}
    assert all(f"Report: {path}" in answer.err for path in out.iterdir())


def test_evaluate_a_workspace(call: Call, workspace: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    triple = {"document": "report.txt", "subject": "Small-scale miners", "predicate": "use",
              "object": "mercury"}  # fmt: skip
    write_lines(gold / "triples.jsonl", triple | {"id": "g1"})
    (gold / "labels.csv").write_text(
        "id,label,subject,predicate,object\ng1,supported,Small-scale miners,use,mercury\n"
    )
    (gold / "entities.csv").write_text("name,entity\nmercury,mercury\nGhana,Ghana\n")
    answer = call("evaluate", "-w", workspace, "--gold", gold, "--out", tmp_path / "o", "--json")
    assert answer.code == 0
    assert answer.json["counts"]["claims"] == 3
    assert answer.json["extraction"] is not None
    assert answer.json["resolution"] is not None
    assert [scores["judged"] for scores in answer.json["verification"]] == [1]


def test_evaluate_a_workspace_by_its_reviewers(call: Call, workspace: Path, tmp_path: Path) -> None:
    plan = call("evaluate", "-w", workspace, "--plan", "0.1", "--out", tmp_path, "--json")
    assert (plan.code, plan.json["needed"], plan.json["endless"]) == (0, 3, 96)
    assert "Label 3 facts (96 of ever so many) for +-10 %" in plan.err
    with (tmp_path / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    with (tmp_path / "sample.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"label": "supported", "reviewer": "A"} for row in rows[:2])
    assert call("review", "import", "-w", workspace, tmp_path / "sample.csv").code == 0
    answer = call("evaluate", "-w", workspace, "--out", tmp_path / "o", "--json")
    [scores] = answer.json["verification"]
    assert (scores["name"], scores["labelled"], scores["unlabelled"]) == (
        "Labels of reviewers",
        2,
        1,
    )
    assert "2" in (tmp_path / "o" / "report.md").read_text()
    again = call("evaluate", "-w", workspace, "--plan", "0.1", "--json")
    assert again.json["labelled"] == 2


def test_evaluate_plans_a_sample_of_a_verdict_file(call: Call, tmp_path: Path) -> None:
    rows = [{"id": f"c{n}", "label": "unclear"} for n in range(500)]
    verdicts = write_lines(tmp_path / "v.jsonl", *rows)
    answer = call("evaluate", verdicts, "--plan", "0.1", "--out", tmp_path / "o", "--json")
    assert (answer.code, answer.json["needed"]) == (0, 81)
    assert len((tmp_path / "o" / "sample.csv").read_text().splitlines()) == 82
    assert call("evaluate", verdicts, "--plan", "10").code == 2


def test_evaluate_compares_and_is_a_gate(call: Call, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\n" + "".join(f"c{n},1\n" for n in range(10)))
    before, after = (
        write_lines(
            tmp_path / f"{name}.jsonl",
            *({"id": f"c{n}", "label": "supported" if n < right else "refuted"} for n in range(10)),
        )
        for name, right in (("before", 9), ("after", 7))
    )
    compare = ("evaluate", "--compare", before, after, "--gold", labels)
    answer = call(*compare, "--max-drop", "0.2", "--json", "--out", tmp_path / "o")
    assert (answer.code, answer.json["drop"]) == (0, 0.2)
    assert {path.suffix for path in (tmp_path / "o").iterdir()} == {".json", ".md", ".html"}
    stopped = call(*compare, "--max-drop", "0.1")
    assert stopped.code == 1
    assert "dropped by 0.2000, more than --max-drop 0.1" in stopped.err
    assert call(*compare).code == 0
    assert call("evaluate", "--max-drop", "0.1", "--out", tmp_path).code == 2


def test_evaluate_without_gold_counts_what_was_found(
    call: Call, workspace: Path, tmp_path: Path
) -> None:
    answer = call("evaluate", "-w", workspace, "--out", tmp_path / "o", "--json")
    assert (answer.code, answer.json["extraction"]) == (0, None)
    assert answer.json["counts"]["claims"] == 3


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("rdf", {"graph.ttl", "graph.trig", "graph.nq", "graph.jsonld", "context.jsonld",
                 "shapes-report.ttl"}),
        ("csv", {"documents.csv", "entities.csv", "claims.csv", "evidence.csv", "rejections.csv",
                 "merges.csv", "trace.csv", "conflicts.csv", "tile_links.csv"}),
        ("cypher", {"graph.cypher"}),
        ("graphml", {"graph.graphml"}),
        ("parquet", {"documents.parquet", "entities.parquet", "claims.parquet", "evidence.parquet",
                     "rejections.parquet", "merges.parquet", "trace.parquet", "conflicts.parquet",
                     "tile_links.parquet"}),
        ("html", {"graph.html"}),
    ],
)  # fmt: skip
def test_publish(call: Call, workspace: Path, tmp_path: Path, form: str, files: set[str]) -> None:
    out = tmp_path / "out"
    answer = call("publish", form, "-w", workspace, "--out", out, "--json")
    assert (answer.code, answer.json["form"]) == (0, form)
    assert {Path(path) for path in answer.json["files"]} == set(out.iterdir())
    assert {path.name for path in out.iterdir()} == files
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert any(b"mercury" in content for content in first.values())
    # The same graph gives the same bytes.
    assert call("publish", form, "-w", workspace, "--out", out).out == ""
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_publish_all(call: Call, workspace: Path, tmp_path: Path) -> None:
    answer = call("publish", "all", "-w", workspace, "--out", tmp_path / "out", "--json")
    assert answer.code == 0
    written = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {Path(path) for path in answer.json["files"]} == written
    folders = {path.name for path in (tmp_path / "out").iterdir()}
    # A server is no file.
    assert folders == {form.value for form in Form} - {"all", "neo4j"}
    # What the run was made with was noted.
    card = json.loads((tmp_path / "out" / "card" / "datacard.json").read_text(encoding="utf-8"))
    assert card["making"]["settings"] is not None
    assert {stage["stage"] for stage in card["making"]["stages"]} >= {"read", "extract", "verify"}


def test_publish_takes_the_base_of_the_settings(
    call: Call, workspace: Path, tmp_path: Path
) -> None:
    config = tmp_path / "kgpipe.toml"
    config.write_text("[publish]\nbase_iri = 'https://example.org/gold/'\n")
    assert call("publish", "rdf", "-w", workspace, "--out", tmp_path, "-c", config).code == 0
    quads = list(parse(path=str(tmp_path / "graph.nq"), format=RdfFormat.N_QUADS))
    assert any("<https://example.org/gold/" in str(quad.subject) for quad in quads)


def test_publish_in_chosen_syntaxes(call: Call, workspace: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    publish = ("publish", "rdf", "-w", workspace, "--out")
    assert call(*publish, one, "--syntax", "trig", "--syntax", "turtle").code == 0
    assert {path.name for path in one.iterdir()} == {
        "graph.ttl", "graph.trig", "shapes-report.ttl",
    }  # fmt: skip
    assert call(*publish, two, "--syntax", "nquads", "--rdf12").code == 0
    assert "#reifies> <<(" in (two / "graph.nq").read_text(encoding="utf-8")
    refused = call("publish", "csv", "-w", workspace, "--out", one, "--rdf12")
    assert (refused.code, "go with rdf" in refused.err) == (2, True)
    assert call(*publish, one, "--syntax", "jsonld", "--rdf12").code == 2


def test_sparql(call: Call, workspace: Path, tmp_path: Path) -> None:
    rows = call("sparql", QUERY, "-w", workspace, "--format", "jsonl")
    assert (rows.code, rows.err) == (0, "")
    assert rows.json == {"name": "Small-scale miners", "other": "mercury"}
    (tmp_path / "q.rq").write_text(QUERY, encoding="utf-8-sig")
    table = call("sparql", tmp_path / "q.rq", "-w", workspace, "--format", "csv")
    assert list(csv.reader(table.out.splitlines())) == [
        ["name", "other"], ["Small-scale miners", "mercury"],
    ]  # fmt: skip
    assert call("sparql", QUERY, "-w", workspace).out.splitlines() == [
        "name                other",
        "------------------  -------",
        "Small-scale miners  mercury",
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nothing", "The SPARQL query is not valid"),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "updates are refused"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is not available"),
    ],
)
def test_sparql_that_cannot_be_answered(
    call: Call, workspace: Path, query: str, message: str
) -> None:
    answer = call("sparql", query, "-w", workspace)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("kgpipe: ")
    assert message in answer.err


def test_bench(call: Call, tmp_path: Path) -> None:
    gold = tmp_path / "gold" / "2_annotators" / "benchie_gold_annotations_en.txt"
    gold.parent.mkdir(parents=True)
    gold.write_text(BENCHIE)
    out = tmp_path / "out"
    answer = call("bench", "benchie", "--data", tmp_path, "--out", out, "--json")
    assert answer.code == 0
    assert answer.json["exact"]["all"]["recall"] == 1.0
    assert answer.json == json.loads((out / "report.json").read_text())
    assert "exact.all.recall: 1.000" in answer.err
    assert f"Report: {out / 'report.json'}" in answer.err
