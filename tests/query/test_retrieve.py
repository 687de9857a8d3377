from kgpipe.query.retrieve import WEIGHTS, embedded_text, fold_repeats
from tests.query.made import WORLD, fact_index, state

INDEX = fact_index()


def ends(question: str, limit: int = 5) -> list[tuple[str, str]]:
    return [(f.statement.subject, f.statement.object) for f in INDEX.find(question, limit=limit)]


def test_the_fact_that_is_asked_for_comes_first() -> None:
    assert ends("How many footprints does Togo have?")[0] == ("Togo", "106 footprints")
    assert ends("Who operates the Pedra Clara camp?")[0] == (
        "Pedra Clara camp", "Boa Lavra cooperative"
    )  # fmt: skip


def test_a_synonym_is_enough() -> None:
    facts = (
        state("police", "count", "19 airstrips", "The police counted 19 airstrips."),
        state("police", "buy", "boats", "The police bought boats.", start=90),
    )
    [best, _] = fact_index(facts).find("Which runways were there?", limit=2)
    assert best.statement.object == "19 airstrips"


def test_a_fact_that_says_less_goes_with_the_fuller_one() -> None:
    [first, *rest] = INDEX.find("When did Guinea gain independence?")
    assert first.statement.object == "France"
    assert [one.object for one in first.also] == ["independence"]
    assert all(one.statement.subject != "Guinea" for one in rest)


def test_what_is_denied_is_no_repeat_of_what_is_stated() -> None:
    quote = "Togo exports mercury, but Togo does not export mercury by sea."
    facts = (
        state("Togo", "export", "mercury", quote),
        state("Togo", "export", "mercury", quote, negated=True),
    )
    assert len(fact_index(facts).find("What does Togo export?")) == 2


def test_a_quoted_fact_is_preferred_to_an_imported_one() -> None:
    facts = (
        state("mercury", "used in", "mills", source="kg.csv"),
        state("mercury", "be used in", "mills", "Mercury is used in mills."),
    )
    [first, second] = fact_index(facts).find("Where is mercury used?")
    assert first.statement.is_quoted
    assert not second.statement.is_quoted


def test_the_order_of_facts_changes_nothing() -> None:
    turned = fact_index(WORLD[::-1]).find("Who is registered?")
    assert turned == INDEX.find("Who is registered?")


def test_parts_and_weights_name_the_same() -> None:
    [first, *_] = INDEX.find("Who is registered?")
    assert first.parts.keys() == WEIGHTS.keys()


def test_limits_of_a_fact_are_embedded() -> None:
    assert embedded_text(WORLD[0]).endswith("(1958)")


def test_baselines_rank_by_one_thing_alone() -> None:
    assert INDEX.rank_by_words("footprints Togo", limit=1)[0].subject == "Togo"
    assert INDEX.rank_by_meaning("Togo has 106 footprints.", limit=1)[0].subject == "Togo"


def test_an_empty_graph_and_a_question_without_words_find_nothing_wrong() -> None:
    assert fact_index(()).find("Who?") == []
    assert fold_repeats([], limit=5) == []
    assert len(INDEX.find("?!")) <= 5
