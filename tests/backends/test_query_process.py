import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgpipe.backends.query_process import (
    Limits,
    QueryProcesses,
    QueryTooLargeError,
    QueryTooLongError,
)
from kgpipe.backends.triplestore import Dataset, NotAcceptableError, OxigraphStore
from kgpipe.errors import KgpipeError, UsageError

# Each takes forever: the one counts within the library, the other writes without end.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENORMOUS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
CSV = ["text/csv"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    lines = folder / "x.nq"
    lines.write_text("".join(f"<a:{n}> <a:p> <a:o{n}> <a:g{n % 2}> .\n" for n in range(300)))
    store = OxigraphStore(folder / "store")
    store.load(lines)
    store.close()
    return folder / "store"


@pytest.fixture
def queries(path: Path) -> Iterator[QueryProcesses]:
    made = QueryProcesses(path, workers=2, limits=Limits(seconds=3, answer_bytes=10_000))
    yield made
    made.close()


def ask(queries: QueryProcesses, sparql: str, dataset: Dataset = Dataset()) -> str:  # noqa: B008
    return queries.answer(sparql, dataset=dataset, accepted=CSV).body.decode()


def test_an_answer_and_its_form(queries: QueryProcesses) -> None:
    answer = queries.answer(
        "CONSTRUCT { <a:1> ?p ?o } { <a:1> ?p ?o }",
        dataset=Dataset(), accepted=["text/csv", "application/n-triples"],
    )  # fmt: skip
    assert (answer.media_type, answer.body) == ("application/n-triples", b"<a:1> <a:p> <a:o1> .\n")
    assert ask(queries, "ASK {}") == "true"


def test_what_a_query_sees(queries: QueryProcesses) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    inside = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"

    def see(sparql: str, dataset: Dataset) -> int:
        return int(ask(queries, sparql, dataset).split()[1])

    one = Dataset(("a:g0",))
    assert [see(count, Dataset()), see(count, one), see(inside, one)] == [300, 150, 300]
    # FROM is obeyed, unless the request itself says what is seen.
    says = count.replace("{ ?s", "FROM <a:g0> FROM <a:g1> { ?s")
    assert see(says, one) == 300
    assert see(says, Dataset(("a:g1",), (), fixed=True)) == 150
    assert see(inside, Dataset((), ("a:g1",), fixed=True)) == 150
    assert see(count, Dataset((), ("a:g1",), fixed=True)) == 0


@pytest.mark.parametrize(
    ("sparql", "kind"),
    [
        ("SELECT", UsageError), ("DROP ALL", UsageError), ("", UsageError),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> {} }", UsageError),
        ("DESCRIBE <a:1>", NotAcceptableError),
    ],
)  # fmt: skip
def test_errors_cross_the_border(
    sparql: str, kind: type[KgpipeError], queries: QueryProcesses
) -> None:
    with pytest.raises(kind):
        ask(queries, sparql)
    assert ask(queries, "ASK {}") == "true"


def test_a_query_that_takes_too_long_is_ended(queries: QueryProcesses) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTooLongError, match="after 3 seconds"):
        ask(queries, ENDLESS)
    assert time.monotonic() - started < 5
    assert ask(queries, "ASK {}") == "true"


def test_an_answer_without_end_is_ended(queries: QueryProcesses) -> None:
    with pytest.raises(QueryTooLargeError, match="more than 0 MB"):
        ask(queries, ENORMOUS)
    assert ask(queries, "ASK {}") == "true"


def test_one_long_query_does_not_hold_up_another(queries: QueryProcesses) -> None:
    ended = []

    def wait() -> None:
        with pytest.raises(QueryTooLongError):
            ask(queries, ENDLESS)
        ended.append(True)

    ask(queries, "ASK {}")
    long = threading.Thread(target=wait)
    long.start()
    time.sleep(0.3)
    assert ask(queries, "ASK {}") == "true" and not ended
    long.join()
    assert ended


def test_who_waits_in_vain_is_told(path: Path) -> None:
    queries = QueryProcesses(path, workers=1, limits=Limits(seconds=1.5, answer_bytes=1000))
    faults: list[str] = []

    def wait() -> None:
        with pytest.raises(QueryTooLongError) as caught:
            ask(queries, ENDLESS)
        faults.append(str(caught.value))

    both = [threading.Thread(target=wait) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    queries.close()
    assert len(faults) == 2


def test_a_worker_that_dies_is_replaced(queries: QueryProcesses) -> None:
    ask(queries, "ASK {}")
    [worker] = queries._running
    assert worker._process.pid is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    with pytest.raises(QueryTooLargeError, match="process of the query ended"):
        ask(queries, "ASK {}")
    assert ask(queries, "ASK {}") == "true"


def test_a_store_that_is_none_is_told(tmp_path: Path) -> None:
    queries = QueryProcesses(tmp_path / "none", workers=1, limits=Limits(3, 1000))
    with pytest.raises(KgpipeError, match="cannot be opened"):
        ask(queries, "ASK {}")
