from kgpipe.query.statements import Name
from kgpipe.query.summarise import count_facts, describe_summary, summarise_entity
from tests.query.made import WORLD, entity_id, state

TOGO = Name(id=entity_id("Togo"), name="Togo", kind="place")


def test_each_fact_is_told_once_at_its_distance_approved_ones_first() -> None:
    summary = summarise_entity(TOGO, WORLD, hops=3)
    told = [[(one.subject, one.object) for one in hop.facts] for hop in summary.hops]
    assert told[0] == [("Togo", "106 footprints"), ("Togo", "mercury")]
    assert told[1] == [("mercury", "Pedra Clara camp")]
    assert told[2] == [("Pedra Clara camp", "Boa Lavra cooperative")]


def test_no_step_goes_through_a_number() -> None:
    both = (
        state("Togo", "have", "106 footprints", "Togo has 106 footprints."),
        state("Benin", "have", "106 footprints", "Benin has 106 footprints."),
    )
    numbers = tuple(one.model_copy(update={"object_kind": "quantity"}) for one in both)
    assert [len(hop.facts) for hop in summarise_entity(TOGO, numbers, hops=2).hops] == [1]
    things = tuple(one.model_copy(update={"object_kind": "other"}) for one in both)
    assert [len(hop.facts) for hop in summarise_entity(TOGO, things, hops=2).hops] == [1, 1]


def test_facts_that_name_it_in_passing_stand_apart() -> None:
    passing = (
        state("rivers of Togo", "be", "polluted", "The rivers of Togo are polluted."),
        state("miners", "use", "mercury", "Miners use mercury.", place="Togo"),
        state("Togoville", "be", "town", "Togoville is a town."),
    )
    found = summarise_entity(TOGO, (*WORLD, *passing))
    assert {one.subject for one in found.mentions} == {"rivers of Togo", "miners"}


def test_what_is_left_out_is_counted() -> None:
    summary = summarise_entity(TOGO, WORLD, most=1)
    assert (len(summary.hops[0].facts), summary.hops[0].more) == (1, 1)
    assert "... and 1 more" in describe_summary(summary)


def test_the_text_numbers_facts_and_tells_denials() -> None:
    text = describe_summary(summarise_entity(TOGO, WORLD))
    assert text.startswith("Togo (place)\n2 facts: 1 approved, 1 not yet verified.\n")
    assert " 2. Togo does not export mercury. (denied)" in text
    assert count_facts([]) == "No facts."
