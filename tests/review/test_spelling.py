import pytest

from kgpipe.review.spelling import find_alike, find_near


def test_names_that_differ_in_case_and_blanks_alone_are_alike() -> None:
    assert find_alike({"Bo Li", "bo li", "BoLi", "Ana"}) == (("Bo Li", "BoLi", "bo li"),)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ("Maria Souza", "Maria Sousa"),
        ("Maria Suosa", "Maria Sousa"),
        ("Maria Sous", "maria  sousa"),
        ("José", "Jose"),
        # Two slips, of eight letters or more.
        ("Maira Souza", "Maria Sousa"),
    ],
)
def test_a_slip_of_the_pen_is_near(new: str, known: str) -> None:
    assert find_near({new}, {new, known, "Bo Li"}) == ((new, known),)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ("Ana", "Ina"),
        ("R1", "R2"),
        ("Reviewer 1", "Reviewer 2"),
        ("Jorge", "Joana"),
        ("Lina", "Livia"),
        # That is told as alike.
        ("maria sousa", "Maria Sousa"),
        ("", "Maria Sousa"),
    ],
)
def test_other_people_are_not(new: str, known: str) -> None:
    assert find_near({new}, {new, known}) == ()


def test_the_nearest_is_told_and_a_pair_once() -> None:
    names = {"Maria Sousa", "Maria Souza", "Mario Sousa", "Bo Li"}
    assert find_near({"Marya Souza"}, names) == (("Marya Souza", "Maria Souza"),)
    assert find_near({"Maria Sousa", "Maria Souza"}, {"Maria Sousa", "Maria Souza"}) == (
        ("Maria Sousa", "Maria Souza"),
    )
