from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.backends.relation_choice import RelationChooser
from kgpipe.schema import SchemaRelation

RELATIONS = (
    SchemaRelation(name="birthPlace", definition="The subject was born in the object."),
    SchemaRelation(name="runwayLength", definition="The subject has a runway of that length."),
    SchemaRelation(name="mainIngredient", definition="The subject is cooked from the object."),
)


def test_relations_near_any_of_the_texts_are_chosen_in_the_schemas_order() -> None:
    chooser = RelationChooser(RELATIONS, embedder=MiniLmEmbedder())
    texts = ["The soup is made of beans.", "She comes from Lima, where she was born."]
    assert [r.name for r in chooser.choose(texts, limit=2)] == ["birthPlace", "mainIngredient"]
    assert [r.name for r in chooser.choose(texts[:1], limit=1)] == ["mainIngredient"]


def test_a_small_schema_is_shown_whole() -> None:
    chooser = RelationChooser(RELATIONS, embedder=MiniLmEmbedder())
    assert chooser.choose([], limit=3) == list(RELATIONS)
