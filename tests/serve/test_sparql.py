import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph

pytest.importorskip("starlette", reason="the endpoint needs kgpipe[serve]")

from starlette.testclient import TestClient

from kgpipe.answer import dataset_of, worked_queries
from kgpipe.backends.query_process import Limits, QueryProcesses
from kgpipe.backends.triplestore import GRAPH_FORMATS, ROW_FORMATS, OxigraphStore
from kgpipe.publish.rdf import write_rdf
from kgpipe.serve.guard import LOOPBACK
from kgpipe.serve.sparql import create_endpoint
from kgpipe.settings import PublishSettings
from tests.publish.graphs import sample_graph

SETTINGS = PublishSettings(base_iri="https://asgm.example/kg/", title="Mines")
BASE = SETTINGS.base_iri
ADDRESS = "http://127.0.0.1:8378"
LAWS = "SELECT ?name { ?law a class:Law ; skos:prefLabel ?name }"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
PENDING = f"{BASE}graph/pending"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("endpoint")
    store = OxigraphStore(folder / "store")
    store.load(write_rdf(sample_graph(), folder, settings=SETTINGS)[2])
    store.close()
    queries = QueryProcesses(folder / "store", workers=1, limits=Limits(2.0, 20_000))
    app = create_endpoint(
        queries, dataset=dataset_of(SETTINGS), title=SETTINGS.title, hosts=LOOPBACK
    )
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as opened:
        yield opened


def ask(client: TestClient, query: str, accept: str = "", **fields: Any) -> Any:
    return client.get("/sparql", params={"query": query, **fields}, headers={"Accept": accept})


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"]["value"] for row in answer.json()["results"]["bindings"]]


def test_three_ways_to_ask(client: TestClient) -> None:
    direct = {"Content-Type": "application/sparql-query; charset=utf-8"}
    for answer in (
        ask(client, LAWS),
        client.post("/sparql", data={"query": LAWS}),
        client.post("/sparql", content=LAWS, headers=direct),
    ):
        assert names(answer) == ["Minamata Convention"]


@pytest.mark.parametrize("kind", ROW_FORMATS)
def test_tables_in_all_forms(kind: str, client: TestClient) -> None:
    answer = ask(client, LAWS, kind)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
    assert "Minamata Convention" in answer.text
    assert "true" in ask(client, "ASK {}", kind).text


@pytest.mark.parametrize("kind", GRAPH_FORMATS)
def test_graphs_in_all_forms(kind: str, client: TestClient) -> None:
    answer = ask(client, "CONSTRUCT { ?s skos:prefLabel ?o } { ?s skos:prefLabel ?o }", kind)
    assert answer.headers["content-type"].startswith(kind)
    assert len(Graph().parse(data=answer.text, format=kind)) == 10


def test_a_form_may_be_named_in_the_address(client: TestClient) -> None:
    assert ask(client, LAWS, format="csv").text.split("\r\n") == ["name", "Minamata Convention", ""]
    answer = ask(client, LAWS, format="doc")
    assert answer.status_code == 406 and "no format 'doc'" in answer.text


def test_graphs_are_chosen_by_the_request(client: TestClient) -> None:
    uses = "ASK { ?s predicate:uses ?o }"
    inside = "ASK { GRAPH ?g { ?s predicate:uses ?o } }"

    def says(query: str, **fields: str) -> bool:
        return bool(ask(client, query, **fields).json()["boolean"])

    assert (says(uses), says(inside)) == (False, True)
    assert says(uses, **{"default-graph-uri": PENDING})
    assert not says(inside, **{"default-graph-uri": PENDING})
    assert says(inside, **{"named-graph-uri": PENDING})
    assert says(f"ASK FROM <{PENDING}> {{ ?s predicate:uses ?o }}")
    both = client.get(
        "/sparql",
        params=[("query", "SELECT (COUNT(*) AS ?name) { ?s ?p ?o }"),
                ("default-graph-uri", PENDING), ("default-graph-uri", f"{BASE}graph/rejected")],
    )  # fmt: skip
    assert names(both) == ["2"]


@pytest.mark.parametrize(
    ("method", "content", "kind", "told"),
    [
        ("POST", "query=", FORM, (400, "not valid")),
        ("POST", "a=b", FORM, (400, "no query")),
        ("POST", "query=ASK{}&query=ASK{}", FORM, (400, "more than")),
        ("POST", "query=%FF", FORM, (400, "percent-encoded")),
        ("POST", "update=DROP+ALL", FORM, (403, "read-only")),
        ("POST", "DROP ALL", "application/sparql-update", (403, "read-only")),
        ("POST", "DROP ALL", DIRECT, (400, "updates are refused")),
        ("POST", b"ASK { \xff }", DIRECT, (400, "not UTF-8")),
        ("POST", "ASK {}", "text/plain", (415, "application/sparql-query")),
        ("POST", "ASK {}", "", (415, "application/sparql-query")),
        ("POST", "#" * 1_000_001, DIRECT, (413, "1,000,000 bytes")),
        ("PUT", "ASK {}", DIRECT, (405, "Not Allowed")),
        ("DELETE", "", "", (405, "Not Allowed")),
        ("POST", "SELECT * { SERVICE <http://127.0.0.1:1/> {} }", DIRECT, (400, "available")),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(
    method: str, content: str | bytes, kind: str, told: tuple[int, str], client: TestClient
) -> None:
    answer = client.request(method, "/sparql", content=content, headers={"Content-Type": kind})
    status, said = told
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_forms_that_do_not_fit_are_refused(client: TestClient) -> None:
    assert ask(client, LAWS, "image/png").status_code == 406
    assert "The answer is a table" in ask(client, LAWS, "text/turtle").text
    assert "The answer is a graph" in ask(client, "DESCRIBE class:Law", "text/csv").text


def test_no_query_hangs_the_server(client: TestClient) -> None:
    endless = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
    counted = ask(client, f"SELECT (COUNT(*) AS ?z) {endless}")
    assert counted.status_code == 503 and "ended after 2 seconds" in counted.text
    listed = ask(client, f"SELECT * {endless}")
    assert listed.status_code == 507 and "LIMIT" in listed.text
    assert names(ask(client, LAWS)) == ["Minamata Convention"]


def test_the_service_describes_itself(client: TestClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    described = Graph().parse(data=answer.text)
    sd = "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>"
    found = described.query(
        f"{sd} SELECT ?e {{ ?s a sd:Service ; sd:endpoint ?e ; sd:resultFormat ?f ; "
        "sd:supportedLanguage sd:SPARQL11Query }"
    )
    assert {str(row[0]) for row in found} == {f"{ADDRESS}/sparql"}  # type: ignore[index]
    assert client.get("/sparql").headers["content-type"].startswith("text/turtle")
    assert client.get("/sparql", headers={"Accept": "image/png"}).status_code == 406
    shown = client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.1"})
    assert (shown.status_code, shown.headers["location"]) == (303, "/")


def test_names_lead_to_descriptions(client: TestClient) -> None:
    answer = client.get("/class/Law", headers={"Accept": "text/turtle"})
    assert f"{BASE}class/Law" in {str(one) for one in Graph().parse(data=answer.text).subjects()}
    shown = client.get("/class/Law", headers={"Accept": "text/html"})
    assert shown.status_code == 303 and shown.headers["location"].startswith("/?query=DESCRIBE")
    assert client.get("/class/Nothing").status_code == 404
    assert client.get("/class/Law", headers={"Accept": "image/png"}).status_code == 406


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=20))
def test_no_address_breaks_out_of_its_query(client: TestClient, name: str) -> None:
    from urllib.parse import quote

    for path in (quote(name, safe=""), quote(f"x> ?p ?o }} ; DROP ALL # {name}", safe="/?")):
        assert client.get(f"/entity/{path}").status_code == 404


def test_the_page_offers_the_worked_queries(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html") and "http" not in page.text
    known = client.get("/page.json").json()
    assert [one["name"] for one in known["examples"]] == list(worked_queries())
    assert known["title"] == "Mines" and known["prefixes"]["class"] == f"{BASE}class/"
    for example in known["examples"]:
        assert ask(client, example["query"]).status_code == 200
    for file in ("sparql.js", "sparql.css"):
        assert client.get(f"/static/{file}").status_code == 200


def test_pages_of_other_sites_reach_nothing(client: TestClient) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert client.get("/sparql", headers={"Host": host}).status_code == 421
    for path in ("/sparql?query=ASK{}", "/class/Law", "/page.json"):
        answer = client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Accept": "text/turtle"}
    assert client.get("/class/Law", headers=link).status_code == 200


def test_answers_carry_no_scripts(client: TestClient) -> None:
    for path in ("/", "/sparql?query=ASK{}", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert json.loads(ask(client, "ASK {}").text)["boolean"] is True
