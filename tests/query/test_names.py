import pytest

from kgpipe.errors import UsageError
from kgpipe.query.names import NameIndex, name_key
from kgpipe.query.statements import Name

PERU = Name(id="e1", name="Peru", kind="place", others=("Pérou", "Perú"))
RIVERS = Name(id="e2", name="rivers of Peru", kind="place")
DRC = Name(id="e3", name="Democratic Republic of the Congo", kind="place", others=("DRC",))
CONGO = Name(id="e4", name="Republic of the Congo", kind="place")
GOLD_PLAN = Name(id="e5", name="gold plan", kind="document", others=("GOLD",))
GOLD_SHOP = Name(id="e6", name="gold shop", kind="organisation", others=("GOLD",))
INDEX = NameIndex([PERU, RIVERS, DRC, CONGO, GOLD_PLAN, GOLD_SHOP], {"e5": 1, "e6": 7})


@pytest.mark.parametrize("asked", ["Peru", "PERÚ", "the Peru", "pérou", "e1"])
def test_a_name_is_found_in_every_spelling(asked: str) -> None:
    assert INDEX.resolve(asked) == PERU


def test_a_slip_of_the_pen_is_forgiven_where_one_name_is_meant() -> None:
    assert INDEX.resolve("rivrs of Peru") == RIVERS


def test_a_name_of_two_entities_lists_both_the_more_stated_first() -> None:
    with pytest.raises(UsageError) as error:
        INDEX.resolve("gold")
    assert "name of 2 entities" in str(error.value)
    assert str(error.value).index("gold shop") < str(error.value).index("gold plan")


def test_an_unknown_name_lists_near_ones_or_says_that_there_are_none() -> None:
    with pytest.raises(UsageError, match=r"no entity 'river peru'(?s:.)*rivers of Peru"):
        INDEX.resolve("river peru")
    with pytest.raises(UsageError, match="nor one with a name like it"):
        INDEX.resolve("xyzzy")


def test_the_longest_name_in_a_text_is_taken() -> None:
    assert INDEX.mentioned("Who mines in the Democratic Republic of the Congo and Perú?") == {
        "e3": name_key("Democratic Republic of the Congo"), "e1": "peru"
    }  # fmt: skip


def test_proper_names_leave_what_is_asked_for() -> None:
    assert set(INDEX.mentioned("Which rivers of Peru are there?")) == {"e2"}
    assert set(INDEX.mentioned("Which rivers of Peru are there?", proper=True)) == {"e1"}
