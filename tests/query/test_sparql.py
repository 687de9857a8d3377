import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rdflib import Dataset, Literal, Variable
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.term import Node

from kgpipe.assets import asset_path
from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_rdf
from kgpipe.query.sparql import Cell, format_answer
from kgpipe.settings import PublishSettings
from tests.publish.graphs import make_document, make_triple, sample_graph
from tests.publish.links import sample_links

COLUMNS = ("name", "count", "yes", "share")
ROWS: list[tuple[Cell, ...]] = [("Río", 3, True, 0.5), ("=1+\n2", None, False, None)]


def test_table() -> None:
    assert format_answer(ROWS, columns=COLUMNS, form="table") == (
        "name   count  yes    share\n"
        "-----  -----  -----  -----\n"
        "Río    3      true   0.5\n"
        "=1+ 2         false\n"
    )


def test_jsonl() -> None:
    lines = format_answer(ROWS, columns=COLUMNS, form="jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [
        dict(zip(COLUMNS, row, strict=True)) for row in ROWS
    ]
    assert "Río" in lines[0]


def test_csv() -> None:
    text = format_answer(ROWS, columns=COLUMNS, form="csv")
    assert list(csv.reader(io.StringIO(text))) == [
        list(COLUMNS),
        ["Río", "3", "True", "0.5"],
        ["'=1+\n2", "", "False", ""],
    ]


def test_no_rows_still_show_the_columns() -> None:
    assert format_answer([], columns=("a", "bc"), form="table") == "a  bc\n-  --\n"
    assert format_answer([], columns=("a", "bc"), form="csv") == "a,bc\n"
    assert format_answer([], columns=("a", "bc"), form="jsonl") == ""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rdf")
    graph = sample_graph()
    return write_rdf(graph, folder, settings=PublishSettings(), links=sample_links(graph))[2]


@pytest.fixture(scope="module")
def store(published: Path) -> OxigraphStore:
    store = OxigraphStore()
    store.load(published)
    return store


RIVER = ("Río Beni", "Río Beni", "carries", "mercury", "Río Beni carries mercury.", "brief.pdf", 1)
LAW = "The Minamata Convention restricts mercury."
BAN = "In 2018 Suriname banned dredging."
ANSWERS: dict[str, list[tuple[Cell, ...]]] = {
    "facts": [
        ("Minamata Convention", "restricts", "mercury", LAW, "brief.pdf", 1),
        ("Peru", "exports to", "India", "Peru exports to India.", "brief.pdf", 1),
        ("Río Beni", "carries", "mercury", "Río Beni carries mercury.", "brief.pdf", 1),
        ("Suriname", "banned", "dredging", BAN, "brief.pdf", 2),
        ("miners", "use", "mercury", "Miners use mercury.", "brief.pdf", 1),
    ],
    "rivers": [RIVER],
    "substances": [("mercury", 3, 1)],
    "laws": [("Minamata Convention", "Minamata Convention", "restricts", "mercury", LAW,
              "brief.pdf", 1)],
    "exports": [("Peru", "exports to", "India", "Peru exports to India.", "brief.pdf", 1)],
    "changes": [("2018", "Suriname", "banned", "dredging", BAN, "brief.pdf", 2)],
    "quantities": [("Río Beni", "carries", "mercury", 3.5, "t", None, None,
                    "Río Beni carries mercury.", "brief.pdf", 1)],
    "witnesses": [],
    "pending": [("Peru", "uses", "cyanide", None, "unclear", 0.5)],
    "sightings": [
        ("Río Beni", "Rio Beni", "beni 1/a", 0.97, -66.95, -13.05, "2019-01-01",
         "sheets/beni.png"),
        ("Río Beni", "Rio Beni", "fiji", 0.6, 180.0, -17.0, None, "fiji.tif"),
        ("Guyana", None, "bare", 0.55, None, None, None, "bare.tif"),
    ],
    "overlaps": [("Río Beni", "Rio Beni", "beni 1/a", 0.97)],
}  # fmt: skip

FACT = "subject predicate object"
QUOTED = f"{FACT} quote source page"
COLUMNS_OF = {
    "facts": QUOTED, "rivers": f"river {QUOTED}", "laws": f"law {QUOTED}", "exports": QUOTED,
    "changes": f"time {QUOTED}", "substances": "substance facts documents",
    "pending": f"{FACT} negated verdict probability", "witnesses": f"{FACT} documents",
    "quantities": f"{FACT} value unit time place quote source page",
    "overlaps": "entity place tile probability",
    "sightings": "entity place tile probability lon lat start source",
}  # fmt: skip


def test_every_example_is_tested_and_says_what_it_asks() -> None:
    files = sorted(asset_path("data/queries").glob("*.rq"))
    assert {path.stem for path in files} == set(ANSWERS)
    for path in files:
        assert path.read_text(encoding="utf-8").splitlines()[0].startswith("# ")


@pytest.mark.parametrize("name", ANSWERS)
def test_examples_answer_from_the_sample(name: str, store: OxigraphStore) -> None:
    sparql = Path(asset_path(f"data/queries/{name}.rq")).read_text(encoding="utf-8")
    iris = Iris(PublishSettings().base_iri)
    columns, rows = store.query(sparql, default_graphs=iris.default_graphs(), base_iri=iris.base)
    assert columns == tuple(COLUMNS_OF[name].split())
    assert rows == ANSWERS[name]


# rdflib has no functions of GeoSPARQL.
@pytest.mark.parametrize("name", sorted({*ANSWERS} - {"overlaps"}))
def test_rdflib_answers_the_same(name: str, published: Path) -> None:
    graph = Dataset(default_union=True).parse(published, format="nquads")
    sparql = Path(asset_path(f"data/queries/{name}.rq")).read_text(encoding="utf-8")
    found = graph.query(sparql, base=PublishSettings().base_iri).bindings
    columns, expected = COLUMNS_OF[name].split(), ANSWERS[name]
    rows = [tuple(_value(row.get(Variable(column))) for column in columns) for row in found]
    assert rows == expected


def test_the_manuals_lines_let_rdflib_look_up_rows(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "querying.md").read_text(encoding="utf-8")
    lines = manual.partition("### With rdflib")[2].partition("```python")[2].partition("graph = ")
    # What the lines register is taken back at the end.
    monkeypatch.setitem(CUSTOM_EVALS, "look_up", None)
    exec(lines[0], {})
    looked_up: list[str] = []

    def count(context: Any, part: Any) -> Any:
        found = register(context, part)
        looked_up.append(name)
        return found

    register = CUSTOM_EVALS["look_up"]
    monkeypatch.setitem(CUSTOM_EVALS, "look_up", count)
    graph = Dataset(default_union=True).parse(published, format="nquads")
    answers = {name: rows for name, rows in ANSWERS.items() if name != "overlaps"}
    for name, expected in answers.items():
        sparql = Path(asset_path(f"data/queries/{name}.rq")).read_text(encoding="utf-8")
        found = graph.query(sparql, base=PublishSettings().base_iri).bindings
        columns = COLUMNS_OF[name].split()
        rows = [tuple(_value(row.get(Variable(column))) for column in columns) for row in found]
        assert rows == expected
    # Nothing is joined in the one; all that the other joins has optional parts.
    assert set(looked_up) == set(answers) - {"substances", "sightings"}


def _value(term: Node | None) -> Cell:
    if not isinstance(term, Literal):
        return None
    value = term.toPython()
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def test_witnesses_are_documents_that_state_a_fact(tmp_path: Path) -> None:
    graph = sample_graph()
    other = make_document("Peru exports to India. Miners use mercury.")
    again = make_triple(
        other, "Peru exports to India.", subject="Peru", predicate="exports to", object="India"
    )
    claims = tuple(
        claim.model_copy(
            update={
                "support": (*claim.support, again.id),
                "documents": (*claim.documents, other.id),
            }
        )
        if claim.object == "India"
        else claim
        for claim in graph.claims
    )
    update = {
        "documents": (*graph.documents, other), "triples": (*graph.triples, again),
        "claims": claims,
    }  # fmt: skip
    quads = write_rdf(graph.model_copy(update=update), tmp_path, settings=PublishSettings())[2]
    store = OxigraphStore()
    store.load(quads)
    sparql = asset_path("data/queries/witnesses.rq").read_text(encoding="utf-8")
    iris = Iris(PublishSettings().base_iri)
    _, rows = store.query(sparql, default_graphs=iris.default_graphs(), base_iri=iris.base)
    assert rows == [("Peru", "exports to", "India", 2)]
