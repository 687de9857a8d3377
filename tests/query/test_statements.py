from kgpipe.query.statements import (
    describe_limits,
    describe_source,
    describe_statement,
    one_line,
)
from tests.query.made import state


def test_a_fact_is_told_with_limits_status_place_and_quote() -> None:
    fact = state(
        "miners", "use", "mercury", "Miners probably use\nmercury.", hedged=True, place="Ghana",
        attributed_to="the ministry",
    )  # fmt: skip
    assert describe_limits(fact) == [
        "said with reservation", "according to the ministry", "place: Ghana"
    ]  # fmt: skip
    head, below = describe_statement(fact, number=3)
    assert head.startswith(" 3. Miners probably use mercury. (said with reservation;")
    assert below.strip() == 'not yet verified; a.pdf, page 1: "Miners probably use mercury."'


def test_an_imported_fact_says_that_it_has_no_quote() -> None:
    fact = state("ASGM", "leads to", "deforestation", source="kg.csv")
    assert not fact.is_quoted
    assert describe_source(fact.quotes[0]) == "kg.csv (imported, no quote)"
    assert describe_statement(fact)[1].strip() == "not yet verified; kg.csv (imported, no quote)"


def test_other_documents_that_state_it_are_named() -> None:
    one = state("a", "use", "b", "A uses b.")
    other = state("a", "use", "b", "A uses b.", source="z.pdf").quotes[0]
    both = one.model_copy(update={"quotes": (one.quotes[0], other)})
    assert describe_statement(both)[1].endswith("; also in z.pdf")


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert one_line("a\x1b[2J\tb\n") == "a [2J b"


def test_of_a_long_quote_the_part_around_the_object_is_shown() -> None:
    text = "Recalling much, " * 40 + "mercury harms fish" + ", and so on" * 40
    [_, below] = describe_statement(state("mercury", "harm", "fish", text))
    assert "mercury harms fish" in below
    assert ': "... ' in below
    assert below.endswith(' ..."')
    assert len(below) < 500
