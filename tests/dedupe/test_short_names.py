import pytest

from kgpipe.dedupe.joins import Clusters, Written
from kgpipe.dedupe.short_names import ACRONYM, SHORT_NAME, common_words, join_short_names
from kgpipe.types import Kind


def _joins(names: list[str], kind: Kind = "", listed: str = "") -> set[tuple[str, str]]:
    written = [
        Written(names=[name], kind=kind, listed=name == listed, cluster=row, mentions=1)
        for row, name in enumerate(names)
    ]
    joins = join_short_names(
        written, clusters=Clusters(written), common=common_words(dict.fromkeys(names, 1))
    )
    assert {join.reason for join in joins} <= {SHORT_NAME, ACRONYM}
    return {(names[join.short], names[join.long]) for join in joins}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("Obama", "Barack Obama"),
        ("President Obama", "Barack Obama"),
        ("J. S. Bach", "Johann Sebastian Bach"),
        ("Johann Bach", "Johann Sebastian Bach"),
        ("Shinn", "Conrad S. (Gus) Shinn"),
        ("Hyundai", "Hyundai Motor Company"),
        ("New York", "New York City"),
        ("Supreme Court", "United States Supreme Court"),
        ("Karelia", "Republic of Karelia"),
        ("FAA", "Federal Aviation Administration"),
        ("US", "United States"),
    ],
)
def test_a_short_name_joins_the_one_name_that_it_fits(short: str, long: str) -> None:
    assert _joins([short, long, "Lima"]) == {(short, long)}


@pytest.mark.parametrize(
    "names",
    [
        # Two fit.
        ["Bush", "George Bush", "Kate Bush"],
        ["NGO", "National Gold Office", "Northern Gas Organisation"],
        # Places beside others: the longer name is of another one.
        ["Mexico", "New Mexico"],
        ["Sudan", "South Sudan"],
        ["Ghana", "Bank of Ghana"],
        ["Congo", "Republic of the Congo"],
        ["Amazon", "Amazon Basin"],
        # The Company is another one in each text.
        ["Company", "Hyundai Motor Company"],
        # Bearers of one name.
        ["James III", "James IV"],
        # No proper names.
        ["mining", "gold mining"],
        ["Fuel", "Diesel Fuel", "cheap fuel", "fuel"],
        # Not by the first name, unless someone is called by the last one.
        ["Rupert", "Rupert Murdoch"],
    ],
)
def test_names_that_stay_apart(names: list[str]) -> None:
    assert _joins(names) == set()


def test_longer_names_go_first_and_first_names_need_last_ones() -> None:
    assert _joins(["Acme", "Acme Motor", "Acme Motor Company"]) == {
        ("Acme Motor", "Acme Motor Company"),
        ("Acme", "Acme Motor"),
    }
    assert _joins(["Rupert", "Rupert Murdoch", "Murdoch"]) == {
        ("Murdoch", "Rupert Murdoch"),
        ("Rupert", "Rupert Murdoch"),
    }


def test_a_word_that_begins_one_frequent_name_is_that_name() -> None:
    def joins(mentions: int, *others: str, long: str = "Gantt chart") -> int:
        names = {long: 9, "Gantt": mentions, **dict.fromkeys(others, 1)}
        written = [
            Written([name], "", False, row, number)
            for row, (name, number) in enumerate(names.items())
        ]
        return len(join_short_names(written, clusters=Clusters(written), common=frozenset()))

    assert joins(3) == 1
    assert joins(4) == 0
    assert joins(3, "Gantt prize") == 0
    assert joins(3, long="plan by Gantt") == 0
    assert joins(3, long="Gantt river") == 0


def test_a_place_may_be_followed_by_its_country() -> None:
    def joins(*names: str) -> int:
        written = [Written([name], "place", False, row, 1) for row, name in enumerate(names)]
        return len(
            join_short_names(
                written, clusters=Clusters(written), common=frozenset(),
                regions=frozenset({("peru",), ("costa", "rica")}),
            )
        )  # fmt: skip

    assert joins("San Jose", "San Jose, Costa Rica") == 1
    assert joins("San Jose", "San Jose, Costa Rica", "San Jose, Peru") == 0
    assert joins("Bank", "Bank Peru") == 0
    assert joins("San Jose", "San Jose Uruguay") == 0


def test_kinds_and_listed_names_are_obeyed() -> None:
    assert _joins(["Guinea", "Equatorial Guinea"], kind="place") == set()
    assert _joins(["Obama", "Barack Obama"], kind="person") == {("Obama", "Barack Obama")}
    assert _joins(["Leone", "Sergio Leone"], listed="Leone") == set()


def test_common_words_are_those_written_small() -> None:
    mentions = {"the mining Plan": 2, "Gold": 5, "gold mine": 1, "National Plan": 1}
    assert common_words(mentions) == {"the", "mining", "mine", "gold"}
