import random
import re
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.publish.property_graph import make_property_graph
from kgpipe.publish.property_graph_names import (
    LABELS,
    MARKS,
    PROPERTIES,
    class_label,
    class_labels,
    quote_name,
    relationship_type,
)
from kgpipe.settings import PublishSettings
from kgpipe.types import Evidence, Graph, Label, Quantity, Vote
from tests.bolt import make_rows
from tests.publish.graphs import sample_graph
from tests.publish.links import sample_links
from tests.publish.test_cypher import ATTACKS, NAME, TEXT, resolve_unicode


@given(st.one_of(TEXT, st.sampled_from(ATTACKS)))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_name_stays_inside_its_backticks(name: str) -> None:
    quoted = quote_name(relationship_type(name))
    assert NAME.fullmatch(quoted)
    assert resolve_unicode(quoted) == quoted
    assert quoted.isprintable() or not name.isprintable()


@pytest.mark.parametrize(
    ("predicate", "written"),
    [
        ("exports to", "exports to"),
        ("a`b", "a``b"),
        ("a\\u0060b", "a\uff3cu0060b"),
        ("a*b, c~d", "a\uff0ab\uff0c c\uff5ed"),
        (" \n", "_"),
        ("Place", "Place_"),
        ("x" * 300, "x" * 200 + "…"),
        ("日" * 80, "日" * 22 + "…"),
    ],
)
def test_types_read_as_the_predicates(predicate: str, written: str) -> None:
    assert quote_name(relationship_type(predicate)) == f"`{written}`"
    assert len(quote_plus(relationship_type(predicate).rstrip("…"))) <= 200


def test_a_class_is_never_taken_for_a_file() -> None:
    assert class_label("document") == "Publication"
    assert class_label("") == ""
    assert not {*class_labels()} & {*LABELS}


def rich_graph() -> Graph:
    """The sample with two more labels, on one claim, and two votes on another."""
    graph = sample_graph()
    key = graph.claims[6].keys[0]
    said = Label(key=key, label="refuted", annotator="b", role="adjudicator", labelled_at="2026")
    verdict = graph.verdicts[0]
    vote = verdict.evidence[0]
    other = Vote(**{**vote.model_dump(), "judge": "k", "log_odds": -0.123456})
    verdicts = (verdict.model_copy(update={"votes": (vote, other)}), *graph.verdicts[1:])
    labels = (*graph.labels, Label(key=key, label="supported", annotator="a"), said)
    return graph.model_copy(update={"verdicts": verdicts, "labels": labels})


def test_every_property_is_known_by_name() -> None:
    graph = rich_graph()
    for table in make_rows(graph, "d", sample_links(graph)).nodes:
        assert table.rows, table.label
        for row in table.rows:
            assert {*row["properties"]} == {*PROPERTIES[table.label], *MARKS} - {
                "kgpipe_key", "location",
            }  # fmt: skip
            assert row["key"] == f"d/{row['properties']['id']}"


def test_votes_labels_and_reviewers() -> None:
    made = make_rows(rich_graph(), "d")
    rows = {table.label: [row["properties"] for row in table.rows] for table in made.nodes}
    votes = {row["judge"]: row for row in rows["Vote"] if row["log_odds"] != 1.0 or row["decisive"]}
    assert votes["k"]["log_odds"] == -0.1235
    assert not votes["k"]["decisive"]
    assert {row["name"] for row in rows["Reviewer"]} == {"a", "b"}
    assert sorted(row["label"] for row in rows["Label"]) == ["refuted", "supported", "supported"]
    links = {table.type: len(table.rows) for table in made.links}
    assert (links["GAVE"], links["ABOUT"], links["HAS_VOTE"]) == (3, 3, 9)


def test_an_adjudicated_claim_is_no_fact() -> None:
    made = make_rows(rich_graph(), "d")
    facts = {table.type for table in made.facts}
    assert facts == {"use", "exports to", "carries", "restricts", "banned"}
    assert len(made.withdrawn) == 3


def test_rows_tell_when_they_change_and_the_order_of_a_graph_does_not_matter() -> None:
    graph = sample_graph()
    claims, triples = list(graph.claims), list(graph.triples)
    random.Random(0).shuffle(claims)
    random.Random(1).shuffle(triples)
    shuffled = graph.model_copy(update={"claims": tuple(claims), "triples": tuple(triples)})
    assert make_rows(shuffled, "d") == make_rows(graph, "d")
    evidence = graph.triples[0].evidence
    assert isinstance(evidence, Evidence)
    moved = graph.triples[0].model_copy(
        update={"evidence": evidence.model_copy(update={"page": 2})}
    )
    changed = graph.model_copy(update={"triples": (moved, *graph.triples[1:])})
    assert len(hashes(make_rows_of(changed)) - hashes(make_rows_of(graph))) == 1


def test_what_no_file_can_hold_is_left_out() -> None:
    graph = sample_graph()
    claim = graph.claims[2].model_copy(update={"quantity": Quantity(value=float("inf"), unit="t")})
    changed = graph.model_copy(update={"claims": (*graph.claims[:2], claim, *graph.claims[3:])})
    [row] = [row for row in make_rows_of(changed) if row["id"] == claim.id]
    assert (row["quantity"], row["unit"]) == (None, "t")


def make_rows_of(graph: Graph) -> list[dict[str, object]]:
    made = make_property_graph(graph, dataset="d", settings=PublishSettings())
    return [row["properties"] for table in made.nodes for row in table.rows]


def hashes(rows: list[dict[str, object]]) -> set[object]:
    found = {row["kgpipe_hash"] for row in rows}
    assert all(re.fullmatch("[0-9a-f]{16}", str(one)) for one in found)
    return found
