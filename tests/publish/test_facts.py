from typing import Any

import pytest

from kgpipe.publish.facts import collect_facts
from kgpipe.types import Label
from tests.publish.graphs import sample_graph


def test_gates_of_the_sample() -> None:
    facts = collect_facts(sample_graph())
    assert [fact.claim.id for fact in facts] == sorted(fact.claim.id for fact in facts)
    gates = {(f.claim.subject, f.claim.predicate): (f.gate, f.stated) for f in facts}
    assert gates[("Guyana", "exports to")] == ("rejected", False)
    assert gates[("Peru", "uses")] == ("pending", False)
    assert gates[("Guyana", "uses")] == ("approved", False)
    assert gates[("miners", "use")] == ("approved", True)
    assert sum(fact.stated for fact in facts) == 5


@pytest.mark.parametrize("update", [{"imported": True}, {"evidence": None}])
def test_imported_claims_need_an_expert(update: dict[str, Any]) -> None:
    graph = sample_graph()
    bare = graph.model_copy(
        update={"triples": tuple(t.model_copy(update=update) for t in graph.triples), "labels": ()}
    )
    assert {fact.gate for fact in collect_facts(bare)} == {"pending", "rejected"}
    labels = tuple(
        Label(key=claim.keys[0], label="supported", annotator="a") for claim in graph.claims
    )
    labelled = bare.model_copy(update={"labels": labels})
    assert {fact.gate for fact in collect_facts(labelled)} == {"approved"}


@pytest.mark.parametrize(
    "update", [{"negated": True}, {"hedged": True}, {"conditional": True}, {"attributed_to": "X"}]
)
def test_a_qualified_claim_is_never_stated_plainly(update: dict[str, Any]) -> None:
    graph = sample_graph()
    claims = tuple(claim.model_copy(update=update) for claim in graph.claims)
    facts = collect_facts(graph.model_copy(update={"claims": claims}))
    assert any(fact.gate == "approved" for fact in facts)
    assert not any(fact.plain or fact.stated for fact in facts)


def test_a_failed_verdict_says_nothing() -> None:
    graph = sample_graph()
    failed = tuple(v.model_copy(update={"status": "error"}) for v in graph.verdicts)
    facts = collect_facts(graph.model_copy(update={"verdicts": failed}))
    assert all(fact.verdict is None for fact in facts)
