from kgpipe.publish.facts import collect_facts
from kgpipe.publish.mentions import Mentions
from kgpipe.types import Graph
from tests.publish.graphs import sample_graph


def count(graph: Graph) -> dict[str, tuple[int, int]]:
    mentions = Mentions()
    for fact in collect_facts(graph):
        mentions.add(fact)
    return {entity.name: mentions.count(entity.id) for entity in graph.entities}


def test_facts_and_documents_of_things_are_counted() -> None:
    found = count(sample_graph())
    assert found["mercury"] == (3, 1)
    assert found["Peru"] == (1, 1)
    # Known from a pending claim alone.
    assert found["cyanide"] == (0, 0)


def test_a_document_counts_once_and_a_thing_once_a_claim() -> None:
    graph = sample_graph()
    claim = graph.claims[0]
    itself = claim.model_copy(update={"object_id": claim.subject_id, "object": claim.subject})
    graph = graph.model_copy(update={"claims": (itself, *graph.claims[1:])})
    things = {entity.id: entity.name for entity in graph.entities}
    assert count(graph)[things[claim.subject_id]][1] == 1


def test_a_graph_without_facts_has_no_counts() -> None:
    assert set(count(sample_graph().model_copy(update={"claims": ()})).values()) == {(0, 0)}
