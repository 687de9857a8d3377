from pathlib import Path

import pytest

from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_rdf
from kgpipe.settings import PublishSettings
from tests.publish.graphs import sample_graph

SETTINGS = PublishSettings(base_iri="https://asgm.example/kg/")
IRIS = Iris(SETTINGS.base_iri)
PREFIXES = IRIS.prefixes()
DEFAULT = IRIS.default_graphs()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rdf")
    return write_rdf(sample_graph(), folder, settings=SETTINGS)[2]


@pytest.fixture(scope="module")
def store(lines: Path) -> OxigraphStore:
    store = OxigraphStore()
    store.load(lines)
    return store


def test_loading_counts_and_replaces(lines: Path, tmp_path: Path) -> None:
    expected = len(lines.read_text(encoding="utf-8").splitlines())
    for path in (None, tmp_path / "store"):
        store = OxigraphStore(path)
        assert store.load(lines) == expected
        assert store.load(lines) == expected
        small = tmp_path / "small.nq"
        small.write_text('<a:s> <a:p> "x" <a:g> .\n')
        assert store.load(small) == 1


def test_a_store_on_disk_is_read_again(lines: Path, tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store")
    count = store.load(lines)
    with pytest.raises(KgpipeError, match="another kgpipe"):
        OxigraphStore(tmp_path / "store")
    del store
    again = OxigraphStore(tmp_path / "store")
    _, rows = again.query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
    assert rows == [(count,)]


def test_the_default_graph_holds_facts_and_not_what_is_pending(store: OxigraphStore) -> None:
    ask = "ASK { ?s predicate:uses ?o }"
    find = "SELECT ?g { GRAPH ?g { ?s predicate:uses ?o } }"
    assert store.query(ask, default_graphs=DEFAULT, prefixes=PREFIXES) == (("answer",), [(False,)])
    _, rows = store.query(find, default_graphs=DEFAULT, prefixes=PREFIXES)
    assert rows == [("https://asgm.example/kg/graph/pending",)]
    # Without a choice, all graphs are one.
    assert store.query(ask, prefixes=PREFIXES)[1] == [(True,)]


def test_values_become_python(store: OxigraphStore) -> None:
    columns, rows = store.query(
        """SELECT ?text ?whole ?number ?yes ?iri ?none ?infinite ?odd {
             VALUES (?text ?whole ?number ?yes ?iri ?infinite ?odd) {
               ("a"@en 3 0.25 true <a:b> "INF"^^xsd:double "x"^^xsd:integer) } }""",
        prefixes=PREFIXES,
    )
    assert columns == ("text", "whole", "number", "yes", "iri", "none", "infinite", "odd")
    assert rows == [("a", 3, 0.25, True, "a:b", None, "INF", "x")]


def test_construct_gives_triples(store: OxigraphStore) -> None:
    columns, rows = store.query("CONSTRUCT { <a:s> <a:p> 1 } WHERE {}")
    assert columns == ("subject", "predicate", "object")
    assert rows == [("a:s", "a:p", 1)]


def test_relative_names_follow_the_base(store: OxigraphStore) -> None:
    query = "PREFIX c: <class/> ASK { GRAPH <graph/entities> { ?s a c:Law } }"
    assert store.query(query, base_iri=SETTINGS.base_iri)[1] == [(True,)]


def test_a_syntax_error_shows_where(store: OxigraphStore) -> None:
    with pytest.raises(UsageError) as caught:
        store.query("SELECT * {\n  ?s a [ ; ?p ]\n}")
    message = str(caught.value).splitlines()
    assert "2:11" in message[0]
    assert message[1:] == ["    ?s a [ ; ?p ]", "  " + " " * 10 + "^"]


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:s> <a:p> <a:o> }",
        "DELETE WHERE { ?s ?p ?o }",
        "DROP ALL",
        "CLEAR DEFAULT",
        "LOAD <http://127.0.0.1:1/x>",
        "SELECT * { ?s ?p ?o } ; DROP ALL",
    ],
)
def test_updates_are_refused(store: OxigraphStore, update: str) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = store.query(count)
    with pytest.raises(UsageError, match="updates are refused"):
        store.query(update)
    assert store.query(count) == before


# Spellings that the parser takes for SERVICE, even glued to what stands around it.
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service\tsilent<http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE # why\n SILENT # not\r <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:1/> { ?s ?p ?o } }",
        "PREFIX ex: <http://127.0.0.1:1/> SELECT * { SERVICEex:a { ?s ?p ?o } }",
        "PREFIX ex: <http://127.0.0.1:1/> SELECT * { ?s ?p 1SERVICEex:a { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:1/> SELECT * { SERVICE :a { ?s ?p ?o } }",
        "PREFIX é: <http://127.0.0.1:1/> SELECT * { SERVICE é:a { ?s ?p ?o } }",
        "PREFIX ex: <http://127.0.0.1:1/> SELECT * { ?s ?p ex:b.SERVICE<http://127.0.0.1:1/> {} }",
        "SELECT * { BIND(<http://127.0.0.1:1/> AS ?x) SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { BIND(<http://127.0.0.1:1/> AS ?x) SERVICE $x { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
)
def test_no_query_reaches_another_server(store: OxigraphStore, query: str) -> None:
    with pytest.raises(UsageError):
        store.query(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s predicate:provides_service ?o }",
        'SELECT * { ?s ?p ?o FILTER(CONTAINS(STR(?o), "service")) }',
        'SELECT * { ?s ?p ?o FILTER(?o = "ecosystem services are paid") }',
        "SELECT ?services { ?services <http://ex.org/service> ?o } # service",
    ],
)
def test_the_word_service_may_be_asked_for(store: OxigraphStore, query: str) -> None:
    assert store.query(query, prefixes=PREFIXES)[1] == []


def test_a_file_that_is_not_nquads_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.nq"
    path.write_text("not quads\n")
    store = OxigraphStore()
    with pytest.raises(KgpipeError, match=r"x\.nq cannot be loaded"):
        store.load(path)
    with pytest.raises(KgpipeError, match=r"absent\.nq cannot be loaded"):
        store.load(tmp_path / "absent.nq")
