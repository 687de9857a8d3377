from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from rdflib import Dataset

from kgpipe.publish.blocks import Node
from kgpipe.publish.jsonld import JsonLdWriter
from kgpipe.publish.terms import Pair, iri, text, typed
from kgpipe.publish.turtle import NQuadsWriter, TrigWriter, TurtleWriter

PREFIXES = {"ex": "http://ex.org/", "xsd": "http://www.w3.org/2001/XMLSchema#"}
TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'\\\n\r\t<>^@u0060\u2028\x00\x7f"), st.characters(codec="utf-8")
    )
)
FORMS = {
    "x.nq": RdfFormat.N_QUADS,
    "x.trig": RdfFormat.TRIG,
    "x.ttl": RdfFormat.TURTLE,
    "x.jsonld": RdfFormat.JSON_LD,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("turtle")


def node(graph: str, subject: str, pairs: list[Pair], *, withheld: bool = False) -> Node:
    ordered = sorted(set(map(" ".join, pairs)))
    return Node(
        iri(f"http://ex.org/{graph}"), iri(f"http://ex.org/{subject}"), ordered,
        [] if withheld else ordered,
    )  # fmt: skip


def write_all(nodes: list[Node], folder: Path) -> None:
    for writer in (
        NQuadsWriter(folder / "x.nq"),
        TrigWriter(folder / "x.trig", prefixes=PREFIXES),
        TurtleWriter(folder / "x.ttl", prefixes=PREFIXES),
        JsonLdWriter(folder / "x.jsonld", prefixes=PREFIXES),
    ):
        for one in nodes:
            writer.write(one)
        writer.close()


@given(texts=st.lists(TEXT, min_size=1, max_size=5))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_read_back_verbatim(folder: Path, texts: list[str]) -> None:
    pairs = [(iri("http://o/p"), text(t, language)) for t in texts for language in ("", "es")]
    write_all([node("g", "s", pairs)], folder)
    for name, form in FORMS.items():
        found = [quad.object for quad in parse(path=str(folder / name), format=form)]
        assert sorted(one.value for one in found) == sorted([*set(texts), *set(texts)])
        assert {one.language for one in found} == {None, "es"}


def test_forms_hold_the_same_quads(tmp_path: Path) -> None:
    number = typed("3", "integer")
    tricky = text("a^^<http://ex.org/x>")
    nodes = [
        node(
            f"g{g}", f"s{s}",
            [(iri("http://ex.org/p%41"), o)
             for o in (number, tricky, iri("http://ex.org/a/b"), iri("http://ex.org/"))],
        )
        for g in range(2) for s in range(3)
    ]  # fmt: skip
    write_all(nodes, tmp_path)
    lines = set(parse(path=str(tmp_path / "x.nq"), format=RdfFormat.N_QUADS))
    expected = Quad(
        NamedNode("http://ex.org/s0"),
        NamedNode("http://ex.org/p%41"),
        Literal("3", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        NamedNode("http://ex.org/g0"),
    )
    assert expected in lines
    assert len(lines) == 24
    for name in ("x.trig", "x.jsonld"):
        assert set(parse(path=str(tmp_path / name), format=FORMS[name])) == lines
    for name, form in (("x.trig", "trig"), ("x.jsonld", "json-ld")):
        dataset = Dataset()
        dataset.parse(tmp_path / name, format=form)
        assert len(list(dataset.quads())) == len(lines)


def test_what_is_withheld_is_not_in_turtle(tmp_path: Path) -> None:
    pairs = [(iri("urn:p"), text("x"))]
    write_all([node("g", "a", pairs), node("g", "b", pairs, withheld=True)], tmp_path)
    turtle = (tmp_path / "x.ttl").read_text()
    assert turtle.endswith('# ex:g\nex:a <urn:p> "x" .\n')
    assert 'ex:b <urn:p> "x" .' in (tmp_path / "x.trig").read_text()


def test_nothing_is_written_as_legal_files(tmp_path: Path) -> None:
    write_all([], tmp_path)
    for name, form in FORMS.items():
        assert list(parse(path=str(tmp_path / name), format=form)) == []
