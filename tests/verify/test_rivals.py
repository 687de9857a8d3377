import pytest

from kgpipe.verify.rivals import (
    NO_RIVALS,
    Standing,
    collect_values,
    compare_values,
    find_standings,
    without,
)
from kgpipe.verify.spotting import find_spots, fold_text, read_pattern

VALUES = collect_values([("team", "Chicago Bulls"), ("team", "Utah Jazz"), ("place", "Ghana")])


def standings(text: str, subject: str, object_: str) -> list[Standing]:
    folded = fold_text(text)
    patterns = [read_pattern((name,)) for name in (subject, object_)]
    assert patterns[0] and patterns[1]
    subjects, objects = (find_spots(folded, pattern) for pattern in patterns if pattern)
    rivals = without(VALUES["team"], object_)
    return list(find_standings(folded, (0, len(text)), subjects, objects, rivals))


def test_values_are_those_of_the_same_predicate() -> None:
    assert set(VALUES) == {"team", "place"}
    assert ("chicago", "bulls") in VALUES["team"].names
    assert ("ghana",) not in VALUES["team"].names


def test_a_rival_beside_the_subject_is_seen_and_how_near() -> None:
    text = "Utah Jazz guard Korver scored against the Chicago Bulls."
    found = {
        standing.value: standing.gap for standing in standings(text, "Korver", "Chicago Bulls")
    }
    assert found["Utah Jazz"] < found[""]


def test_the_object_wins_where_it_stands_nearer_and_on_more_pages() -> None:
    near, far = [Standing("", 3), Standing("Utah Jazz", 80)], [Standing("", 5)]
    contest = compare_values([near, far])
    assert contest.own > contest.best
    assert contest.share > 0.5
    assert contest.lead == pytest.approx(1.0)


def test_nothing_found_is_no_contest() -> None:
    assert compare_values([]) == (0.0, 0.0, 0.0, 0.0)
    assert list(find_standings("ghana", (0, 5), [], [], NO_RIVALS)) == []
