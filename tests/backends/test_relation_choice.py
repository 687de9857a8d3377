from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.backends.relation_choice import RelationChooser, mark_rivals
from kgpipe.schema import SchemaRelation
from kgpipe.types import Candidate

RELATIONS = (
    SchemaRelation(name="birthPlace", definition="The subject was born in the object."),
    SchemaRelation(name="runwayLength", definition="The subject has a runway of that length."),
    SchemaRelation(name="mainIngredient", definition="The subject is cooked from the object."),
)


def test_relations_near_any_of_the_texts_come_first() -> None:
    chooser = RelationChooser(RELATIONS, embedder=MiniLmEmbedder())
    texts = ["The soup is made of beans.", "She comes from Lima, where she was born."]
    assert {r.name for r in chooser.rank(texts)[:2]} == {"birthPlace", "mainIngredient"}
    assert chooser.rank(texts[:1])[0].name == "mainIngredient"
    assert len(chooser.rank(texts)) == len(RELATIONS)


def faults(*triples: tuple[str, str, str], fault: str = "") -> list[str]:
    candidates = [
        Candidate(subject=s, predicate=p, object=o, quote="q", fault=fault) for s, p, o in triples
    ]
    return [candidate.fault for candidate in mark_rivals(candidates, ranked=RELATIONS)]


def test_of_rivals_on_the_same_two_names_the_best_ranked_stays() -> None:
    born, long_, made = (relation.name for relation in RELATIONS)
    assert faults(("Ana", made, "Lima"), ("lima", born, "Ana")) == ["rival_relation", ""]
    assert faults(("Ana", born, "Lima"), ("Ana", long_, "Cusco")) == ["", ""]
    # What the schema does not know ranks last; the same said twice is another check's business.
    assert faults(("Ana", "likes", "Lima"), ("Ana", made, "Lima")) == ["rival_relation", ""]
    assert faults(("Ana", born, "Lima"), ("Ana", born, "Lima")) == ["", ""]


def test_what_has_a_fault_already_is_no_rival() -> None:
    born, _, made = (relation.name for relation in RELATIONS)
    triples = (("Ana", born, "Lima"), ("Ana", made, "Lima"))
    assert faults(*triples, fault="cut_off") == ["cut_off", "cut_off"]
