import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgpipe.publish.cypher import quote_text, write_cypher
from kgpipe.publish.property_graph_names import LABELS
from kgpipe.settings import PublishSettings
from tests.publish.graphs import one_claim_graph, sample_graph

SETTINGS = PublishSettings()
TEXT = st.text(
    min_size=1,
    max_size=25,
    alphabet=st.one_of(st.sampled_from("`'\"\\\n\r\t{}$;:/*u0067 "), st.characters(codec="utf-8")),
)
ATTACKS = [
    "x`]->() DETACH DELETE n //",
    "x\\u0060]->() DETACH DELETE n //",
    "\\\\u0060",
    "\\u005Cu0060",
    "'}] AS row DETACH DELETE n; //",
    "\\'}] AS row MATCH (n) DETACH DELETE n; //",
    "\\u0027}] AS row MATCH (n) DETACH DELETE n; //",
    "a\n:exit\n",
    "/* x */ $p {y}",
    "\\",
    "`",
    "'",
]
# The three lexical elements that may hold text of a document. What is left of a file when they are
# taken out must be the writer's own skeleton.
STRING = re.compile(r"'(?:[^'\\\n\r]|\\u[0-9a-fA-F]{4}|\\[\\'])*'")
NAME = re.compile(r"`(?:[^`\\\n\r]|``)*`")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)


def resolve_unicode(text: str) -> str:
    """Neo4j 4 and older: unicode escapes anywhere are resolved first, pairs of backslashes kept."""
    pattern = re.compile(r"\\u([0-9a-fA-F]{4})|\\[^u]", re.DOTALL)
    return pattern.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[0], text)


def resolve_naively(text: str) -> str:
    """The same by a reader that does not know of pairs."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)


def unescape(quoted: str) -> str:
    """The value of a string literal by the Cypher manual."""
    assert quoted[0] == quoted[-1] == "'"
    return ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], quoted[1:-1])


@given(TEXT)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_string_stands_for_its_text(text: str) -> None:
    quoted = quote_text(text)
    assert STRING.fullmatch(quoted)
    assert unescape(quoted) == text


@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_stay_inside_a_string(text: str) -> None:
    quoted = quote_text(text)
    assert STRING.fullmatch(quoted)
    assert unescape(quoted) == text
    # No way of resolving unicode escapes beforehand opens a new one or ends the string.
    for resolved in (resolve_unicode(quoted), resolve_naively(quoted)):
        if "\n" not in text:
            assert STRING.fullmatch(resolved)
            assert unescape(resolved) == text


def skeleton(path: Path) -> str:
    """The file with its strings and names taken out."""
    text = path.read_text(encoding="utf-8")
    pattern = re.compile(f"({STRING.pattern})|({NAME.pattern})")
    return pattern.sub(lambda m: "S" if m[1] else "N", text)


@given(
    subject=st.one_of(TEXT, st.sampled_from(ATTACKS)),
    predicate=st.one_of(TEXT, st.sampled_from(ATTACKS)),
    object_=TEXT,
    quote=st.one_of(TEXT, st.sampled_from(ATTACKS)),
)
@settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_of_a_document_becomes_code(
    tmp_path: Path, subject: str, predicate: str, object_: str, quote: str
) -> None:
    plain = write_cypher(one_claim_graph("a", "b", "c", "d"), tmp_path / "a", settings=SETTINGS)
    nasty = one_claim_graph(subject, predicate, object_, quote)
    path = write_cypher(nasty, tmp_path / "b", settings=SETTINGS)
    numbers = re.compile(r"\d+")
    assert numbers.sub("0", skeleton(path)) == numbers.sub("0", skeleton(plain))
    found = {unescape(match[0]) for match in STRING.finditer(path.read_text(encoding="utf-8"))}
    assert {subject, predicate, object_, quote} <= found


def test_only_stated_facts_are_relationships(tmp_path: Path) -> None:
    graph = sample_graph()
    path = write_cypher(graph, tmp_path / "graph.cypher", settings=SETTINGS)
    text = path.read_text(encoding="utf-8")
    stated, others = graph.claims[:5], graph.claims[5:]
    facts = text[text.index("-[r:`") :]
    assert set(re.findall(r"-\[r:`([^`]*)`", text)) == {claim.predicate for claim in stated}
    withdrawn = re.search(r"UNWIND \[([^\]]*)\] AS row\nMATCH \(:Claim[^;]*DELETE r;", text)
    assert withdrawn is not None
    for claim in others:
        assert f"claim: '{claim.id}'" not in facts
        assert f"claim: '{claim.id}'}}" in withdrawn[1]
        assert f"{{id: '{claim.id}'" in text
    for claim in stated:
        assert claim.id not in withdrawn[1]
        assert text.count(f"claim: '{claim.id}'") == 1
    assert "gate: 'rejected', stated: false, verdict: 'refuted', probability: 0.1, " in text


def test_constraints_come_first_and_order_does_not_matter(tmp_path: Path) -> None:
    graph = sample_graph()
    path = write_cypher(graph, tmp_path / "a", settings=SETTINGS)
    statements = path.read_text(encoding="utf-8").split(";\n")
    constraints, rest = statements[: len(LABELS)], statements[len(LABELS) : -1]
    assert all(s.startswith("CREATE CONSTRAINT kgpipe_") for s in constraints)
    assert all(" IF NOT EXISTS " in s for s in constraints)
    assert all("MERGE" in s or "DELETE r" in s for s in rest)
    claims = list(graph.claims)
    random.Random(0).shuffle(claims)
    other = graph.model_copy(update={"claims": tuple(claims), "triples": graph.triples[::-1]})
    assert write_cypher(other, tmp_path / "b", settings=SETTINGS).read_bytes() == path.read_bytes()
