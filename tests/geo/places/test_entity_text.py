from kgpipe.geo.places.entity_text import describe_entity
from tests.publish.graphs import make_entity, sample_graph


def test_an_entity_is_told_by_name_kind_and_facts() -> None:
    graph = sample_graph()
    peru = next(entity for entity in graph.entities if entity.name == "Peru")
    claims = [claim for claim in graph.claims if peru.id in (claim.subject_id, claim.object_id)]
    text = describe_entity(peru, claims)
    assert text.startswith("Peru, place. ")
    assert "Peru exports to India." in text
    assert describe_entity(peru, claims[::-1]) == text


def test_negated_facts_and_missing_kinds_are_left_out() -> None:
    graph = sample_graph()
    guyana = next(entity for entity in graph.entities if entity.name == "Guyana")
    claims = [claim for claim in graph.claims if guyana.id in (claim.subject_id, claim.object_id)]
    assert any(claim.negated for claim in claims)
    assert "cyanide" not in describe_entity(guyana, claims)
    assert describe_entity(make_entity("X", ""), []) == "X."
