from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from rdflib import Dataset

from kgpipe.publish.turtle import iri, literal, write_nquads, write_trig, write_turtle

PREFIXES = {"ex": "http://ex.org/", "xsd": "http://www.w3.org/2001/XMLSchema#"}
TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'\\\n\r\t<>^@u0060\u2028\x00\x7f"), st.characters(codec="utf-8")
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("turtle")


@given(texts=st.lists(TEXT, min_size=1, max_size=5))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_read_back_verbatim(folder: Path, texts: list[str]) -> None:
    quads = sorted(
        {
            (iri("http://ex.org/g"), iri("http://ex.org/s"), iri("http://o/p"), literal(t))
            for t in texts
        }
    )
    write_nquads(quads, folder / "x.nq")
    write_trig(quads, folder / "x.trig", prefixes=PREFIXES)
    write_turtle([q[1:] for q in quads], folder / "x.ttl", prefixes=PREFIXES)
    for name, form in (
        ("x.nq", RdfFormat.N_QUADS),
        ("x.trig", RdfFormat.TRIG),
        ("x.ttl", RdfFormat.TURTLE),
    ):
        found = [quad.object.value for quad in parse(path=str(folder / name), format=form)]
        assert sorted(found) == sorted(set(texts))


def test_forms_hold_the_same_quads(tmp_path: Path) -> None:
    number = literal("3", "http://www.w3.org/2001/XMLSchema#integer")
    tricky = literal("a^^<http://ex.org/x>")
    quads = sorted(
        (iri(f"http://ex.org/g{g}"), iri(f"http://ex.org/s{s}"), iri("http://ex.org/p%41"), o)
        for g in range(2)
        for s in range(3)
        for o in (number, tricky, iri("http://ex.org/a/b"), iri("http://ex.org/"))
    )
    write_nquads(quads, tmp_path / "x.nq")
    write_trig(quads, tmp_path / "x.trig", prefixes=PREFIXES)
    lines = set(parse(path=str(tmp_path / "x.nq"), format=RdfFormat.N_QUADS))
    assert set(parse(path=str(tmp_path / "x.trig"), format=RdfFormat.TRIG)) == lines
    expected = Quad(
        NamedNode("http://ex.org/s0"),
        NamedNode("http://ex.org/p%41"),
        Literal("3", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        NamedNode("http://ex.org/g0"),
    )
    assert expected in lines
    assert len(lines) == len(quads)
    dataset = Dataset()
    dataset.parse(tmp_path / "x.trig", format="trig")
    assert len(list(dataset.quads())) == len(quads)


def test_lines_are_sorted_and_prefixes_used(tmp_path: Path) -> None:
    quads = [(iri("http://ex.org/g"), iri(f"http://ex.org/{s}"), iri("urn:p"), '"x"') for s in "ab"]
    write_nquads(reversed(quads), tmp_path / "x.nq")
    lines = (tmp_path / "x.nq").read_text().splitlines()
    assert lines == sorted(lines)
    write_turtle([q[1:] for q in quads], tmp_path / "x.ttl", prefixes=PREFIXES)
    assert 'ex:a <urn:p> "x" .\nex:b <urn:p> "x" .\n' in (tmp_path / "x.ttl").read_text()
