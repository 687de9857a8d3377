import pytest

from kgpipe.dedupe.joins import Clusters, Written
from kgpipe.dedupe.places import join_places, sound_of
from kgpipe.types import Kind


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Colombia", "Колумбия"),
        ("Colombia", "Kolumbija"),
        ("Azerbaijan", "Azərbaycan"),
        ("Serbia", "Сербія"),
        ("Côte", "Cote"),
    ],
)
def test_one_place_in_two_spellings(left: str, right: str) -> None:
    rows = [_row(name, at) for at, name in enumerate((left, right))]
    assert sound_of(left) == sound_of(right) or join_places(rows, clusters=Clusters(rows))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Niger", "Nigeria"), ("Mali", "Malé"), ("Ghana", "Guyana"), ("Guinea", "Guyana"),
        ("Guiana", "Guyana"), ("Colombia", "Colombo"), ("Austria", "Australia"),
        ("Slovakia", "Slovenia"), ("Iran", "Iraq"), ("Gambia", "Zambia"), ("Korea", "Kórea"),
        ("Paraguay", "Uruguay"), ("USA", "Usa"), ("Madre de Dios", "Madre de Deus do Sul"),
        ("19 airstrips", "9 airstrips"),
    ],
)  # fmt: skip
def test_two_places(left: str, right: str) -> None:
    rows = [_row(name, at) for at, name in enumerate((left, right))]
    assert not join_places(rows, clusters=Clusters(rows))


def test_only_places_and_nothing_that_tables_tell_apart() -> None:
    names = ("Colombia", "Kolumbija")
    people = [_row(name, at, kind="person") for at, name in enumerate(names)]
    assert not join_places(people, clusters=Clusters(people))
    listed = [_row(name, at, listed=True) for at, name in enumerate(names)]
    assert not join_places(listed, clusters=Clusters(listed))


def test_the_most_mentioned_name_is_the_main_one() -> None:
    names = ("Kolumbija", "Colombia", "Колумбия")
    rows = [_row(name, at, mentions=mentions) for at, (name, mentions) in
            enumerate(zip(names, (1, 5, 1), strict=True))]  # fmt: skip
    joins = join_places(rows, clusters=Clusters(rows))
    assert [(join.short, join.long, join.reason) for join in joins] == [
        (0, 1, "same_sound"),
        (2, 1, "same_sound"),
    ]


def _row(
    name: str, cluster: int, *, kind: Kind = "place", listed: bool = False, mentions: int = 1
) -> Written:
    return Written([name], kind, listed, cluster, mentions)
