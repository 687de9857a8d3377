import csv
import io
import json
from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_rdf
from kgpipe.query.sparql import Cell, format_answer
from kgpipe.settings import PublishSettings
from tests.publish.graphs import sample_graph

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
def store(tmp_path_factory: pytest.TempPathFactory) -> OxigraphStore:
    folder = tmp_path_factory.mktemp("rdf")
    store = OxigraphStore()
    store.load(write_rdf(sample_graph(), folder, settings=PublishSettings())[2])
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
    "pending": [("Peru", "uses", "cyanide", None, "unclear", 0.5)],
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
    _, rows = store.query(sparql, default_graphs=iris.default_graphs(), base_iri=iris.base)
    assert rows == ANSWERS[name]
