from kgpipe.query.paths import describe_paths, find_paths
from kgpipe.query.statements import Name, Statement
from tests.query.made import WORLD, entity_id, state


def name(said: str) -> Name:
    return Name(id=entity_id(said), name=said, kind="")


def test_each_step_keeps_its_own_subject_and_object() -> None:
    found = find_paths(name("Togo"), name("Boa Lavra cooperative"), WORLD)
    [path] = found.paths
    assert path.nodes == ("Togo", "mercury", "Pedra Clara camp", "Boa Lavra cooperative")
    assert [(step[0].subject, step[0].predicate, step[0].object) for step in path.steps] == [
        ("Togo", "export", "mercury"),
        ("mercury", "used in", "Pedra Clara camp"),
        ("Pedra Clara camp", "be operated by", "Boa Lavra cooperative"),
    ]
    # Walked the other way, no fact turns round.
    back = find_paths(name("Boa Lavra cooperative"), name("Togo"), WORLD).paths[0]
    assert back.nodes == path.nodes[::-1]
    assert [step[0] for step in back.steps] == [step[0] for step in path.steps][::-1]


def test_no_statement_is_made_of_the_two_ends() -> None:
    text = describe_paths(find_paths(name("Togo"), name("Pedra Clara camp"), WORLD))
    assert "Togo does not export mercury. (denied)" in text
    assert "Mercury used in Pedra Clara camp." in text
    assert not any("Togo" in line and "camp" in line for line in text.splitlines()[3:])


def test_no_path_leads_through_a_number_unless_it_is_an_end() -> None:
    facts = (
        state("Togo", "have", "106 footprints", "Togo has 106 footprints."),
        state("Benin", "have", "106 footprints", "Benin has 106 footprints."),
    )
    assert not find_paths(name("Togo"), name("Benin"), facts).paths
    assert find_paths(name("Togo"), name("106 footprints"), facts).paths
    none = describe_paths(find_paths(name("Togo"), name("Benin"), facts))
    assert none == "No path of facts leads from Togo to Benin.\n"


def test_better_checked_paths_come_first_and_the_rest_is_counted() -> None:
    def route(middle: str, *, approved: bool) -> tuple[Statement, ...]:
        return (
            state("a", "buy from", middle, f"A buys from {middle}.", approved=approved),
            state(middle, "sell to", "b", f"{middle} sells to b.", approved=approved),
        )

    facts = (*route("m1", approved=False), *route("m2", approved=True))
    found = find_paths(name("a"), name("b"), facts, most=1)
    assert found.paths[0].nodes == ("a", "m2", "b")
    assert found.more
    assert [one.nodes[1] for one in find_paths(name("a"), name("b"), facts).paths] == ["m2", "m1"]


def test_a_path_that_is_too_long_is_none() -> None:
    assert not find_paths(name("Togo"), name("Boa Lavra cooperative"), WORLD, longest=2).paths
