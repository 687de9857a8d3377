import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import rdflib
from nanopub.nanopub import Nanopub
from nanopub.nanopub_conf import NanopubConf
from nanopub.profile import Profile
from nanopub.utils import MalformedNanopubError
from rdflib.plugins.sparql import prepareQuery

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish import nanopubs
from kgpipe.publish.nanopubs import write_nanopubs
from kgpipe.publish.rdf import write_rdf
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph
from tests.publish.graphs import one_claim_graph, sample_graph

SETTINGS = PublishSettings(licence="https://creativecommons.org/licenses/by/4.0/")
# The library uses what rdflib is about to rename.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def nothing_to_lean_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No connection at all, not even to this machine, and a home without profile and keys."""

    def refuse(self: socket.socket, address: Any) -> None:
        raise AssertionError(f"tried to reach {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def read(path: Path) -> rdflib.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(path)
    return dataset


def parts(path: Path) -> dict[str, set[tuple[str, str, str]]]:
    """The statements of each graph by the graph's local name."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for s, p, o, graph in read(path).quads():
        found.setdefault(str(graph).partition("#")[2], set()).add((str(s), str(p), str(o)))
    return found


def test_every_approved_fact_is_a_valid_nanopublication(tmp_path: Path) -> None:
    graph = sample_graph()
    paths = write_nanopubs(graph, tmp_path / "out", settings=SETTINGS)
    # The negated one is approved, but its plain triple would be false.
    assert {path.stem for path in paths} == {claim.id for claim in graph.claims[:5]}
    for path in paths:
        assert Nanopub(rdf=path).is_valid
        assert "hasSignature" not in path.read_text(encoding="utf-8")


def test_what_the_four_graphs_say(tmp_path: Path) -> None:
    graph = sample_graph()
    dated = graph.labels[0].model_copy(update={"labelled_at": "2026-03-04T05:06:07+00:00"})
    write_nanopubs(graph.model_copy(update={"labels": (dated,)}), tmp_path, settings=SETTINGS)
    claim, base = graph.claims[0], SETTINGS.base_iri
    found = parts(tmp_path / f"{claim.id}.trig")
    assert set(found) == {"Head", "assertion", "provenance", "pubinfo"}
    entities = (f"{base}entity/{claim.subject_id}", f"{base}entity/{claim.object_id}")
    assert found["assertion"] == {(entities[0], f"{base}predicate/use", entities[1])}
    told = {value for _, _, value in found["provenance"]}
    assert {"Miners use mercury.", "brief.pdf", "test", "supported", "0.9123", "approved", "a"} <= (
        told
    )
    about = {(predicate.rpartition("/")[2], value) for _, predicate, value in found["pubinfo"]}
    assert {("license", SETTINGS.licence), ("created", "2026-03-04T05:06:07+00:00")} <= about
    assert ("isPartOf", f"{base}dataset") in about


def test_no_date_is_made_up(tmp_path: Path) -> None:
    write_nanopubs(sample_graph(), tmp_path, settings=SETTINGS)
    for path in tmp_path.glob("*.trig"):
        assert "created" not in path.read_text(encoding="utf-8").replace("createdWith", "")


def test_resources_are_those_of_the_rdf_form(tmp_path: Path) -> None:
    graph = sample_graph()
    paths = write_nanopubs(graph, tmp_path / "np", settings=SETTINGS)
    write_rdf(graph, tmp_path, settings=SETTINGS)
    names = re.compile(rf"<({re.escape(SETTINGS.base_iri)}[^>]*)>")
    known = set(names.findall((tmp_path / "graph.nq").read_text(encoding="utf-8")))
    # The program as a maker stands in nanopublications alone.
    own = {name for path in paths for name in _iris(path) if "kgpipe%20" not in name}
    assert own
    assert own <= known


def _iris(path: Path) -> set[str]:
    terms = {str(term) for quad in read(path).quads() for term in quad[:3]}
    return {term for term in terms if term.startswith(SETTINGS.base_iri)}


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    graph = sample_graph()
    mirrored = graph.model_copy(update={"claims": graph.claims[::-1]})
    first = write_nanopubs(graph, tmp_path / "one", settings=SETTINGS)
    second = write_nanopubs(mirrored, tmp_path / "two", settings=SETTINGS)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_fact_that_is_approved_no_longer_goes(tmp_path: Path) -> None:
    graph = sample_graph()
    write_nanopubs(graph, tmp_path, settings=SETTINGS)
    (tmp_path / "notes.txt").write_text("mine")
    fewer = graph.model_copy(update={"verdicts": graph.verdicts[1:], "labels": ()})
    paths = write_nanopubs(fewer, tmp_path, settings=SETTINGS)
    assert set(tmp_path.iterdir()) == {*paths, tmp_path / "notes.txt"}
    assert len(paths) == 4


def test_text_from_documents_stays_text(tmp_path: Path) -> None:
    texts = ('a "quoted" \\ <b>', "p> <http://x/y> .\n#", "} sub:x { }", 'q"""\n\u0060 ${x}')
    [path] = write_nanopubs(one_claim_graph(*texts), tmp_path, settings=SETTINGS)
    assert Nanopub(rdf=path).is_valid
    literals = {str(o) for _, _, o, _ in read(path).quads() if isinstance(o, rdflib.Literal)}
    assert {texts[0], texts[2], texts[3]} <= literals


def test_the_library_can_sign_a_file(tmp_path: Path) -> None:
    """The files are what its signing expects: their names become ones made of their hash."""
    path = write_nanopubs(sample_graph(), tmp_path, settings=SETTINGS)[0]
    profile = Profile(orcid_id="https://orcid.org/0000-0000-0000-0000", name="Test")
    publication = Nanopub(rdf=path, conf=NanopubConf(profile=profile))
    publication.sign()
    assert publication.has_valid_signature
    assert publication.has_valid_trusty
    assert "nanopub/temp" not in publication.rdf.serialize(format="nquads")


def test_the_librarys_check_is_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Nanopub) -> bool:
        raise MalformedNanopubError("no head")

    monkeypatch.setattr(Nanopub, "is_valid", property(refuse))
    with pytest.raises(KgpipeError, match="no head"):
        write_nanopubs(sample_graph(), tmp_path, settings=SETTINGS)
    assert not list(tmp_path.glob("*.trig"))


def test_the_librarys_query_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def count(query: str, **rest: Any) -> Any:
        parsed.append(query)
        return prepareQuery(query, **rest)

    monkeypatch.setattr(nanopubs, "prepareQuery", count)
    nanopubs._prepare.cache_clear()
    assert len(write_nanopubs(sample_graph(), tmp_path, settings=SETTINGS)) > 1
    assert len(parsed) == 1


def test_without_approved_facts_there_is_nothing_to_write(tmp_path: Path) -> None:
    empty: dict[str, tuple[()]] = dict.fromkeys(("documents", "triples", "entities", "claims"), ())
    assert write_nanopubs(Graph.model_validate(empty), tmp_path, settings=SETTINGS) == []


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanopub.nanopub", None)
    with pytest.raises(UsageError, match=r"kgpipe\[nanopub\]"):
        write_nanopubs(sample_graph(), tmp_path, settings=SETTINGS)
