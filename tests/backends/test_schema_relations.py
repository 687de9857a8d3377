import pytest

from kgpipe.backends.schema_relations import make_profiles, relation_words, stems
from kgpipe.schema import Schema, SchemaClass, SchemaRelation

SAYS = "The subject entity {} specified by the object entity."


def relation(name: str, definition: str = "", **rest: tuple[str, ...]) -> SchemaRelation:
    return SchemaRelation(name=name, definition=definition, **rest)


@pytest.mark.parametrize(
    ("left", "right"),
    [("born", "birth"), ("written", "author"), ("operated", "operating"), ("miners", "miner")],
)
def test_words_of_one_family_or_stem(left: str, right: str) -> None:
    assert stems([left]) & stems([right])


def test_words_that_say_nothing_have_no_stem() -> None:
    assert not stems(["the", "of", "entity"])
    assert not stems(["mercury"]) & stems(["merchant"])


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (relation("x", SAYS.format("was born on the date")), "date"),
        (relation("x", SAYS.format("was founded in the year")), "year"),
        (relation("x", SAYS.format("is located in the city")), "place"),
        (relation("numberOfMembers"), "number"),
        (relation("areaCode"), "code"),
        (relation("leader", "", range=("Person",)), "person"),
        (relation("knows"), "any"),
    ],
)
def test_what_a_relation_expects(declared: SchemaRelation, expected: str) -> None:
    schema = Schema(name="s", classes=(SchemaClass(name="Person"),), relations=(declared,))
    [profile] = make_profiles(schema)
    assert profile.expected == expected


def test_cues_weigh_one_together_and_rare_ones_more() -> None:
    schema = Schema(name="s", relations=(relation("birthPlace"), relation("birthDate")))
    profile = make_profiles(schema)[0]
    assert sum(profile.name_cues.values()) == pytest.approx(1.0)
    assert profile.name_cues["=location"] > profile.name_cues["=birth"]


def test_the_phrase_is_the_definition_as_a_predicate() -> None:
    schema = Schema(
        name="s", relations=(relation("a", SAYS.format("is owned by the firm")), relation("isIn"))
    )
    assert [p.phrase for p in make_profiles(schema)] == ["is owned by the firm", "is in"]


def test_relation_words_are_one_line_a_family() -> None:
    assert len(relation_words()) == len(set(relation_words())) > 50
