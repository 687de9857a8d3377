import pytest

from kgpipe.bench.webnlg_score import MEASURES, TextTriple, align_triples, words_of

GOLD: list[TextTriple] = [
    ("Alan_Shepard", "birthPlace", "New_Hampshire"),
    ("Alan_Shepard", "birthDate", '"1923-11-18"'),
]


def f1(system: list[TextTriple], measure: str = "partial") -> float:
    return align_triples(system, GOLD).mean(measure).f1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Alan_B._Miller_Hall", ("alan", "b", "miller", "hall")),
        ("People's_Republic", ("people", "'s", "republic")),
        ("1,777,539 people.", ("1,777,539", "people")),
        ("\u22126", ("-6",)),
        ("São_Paulo", ("sao", "paulo")),
        ("runwayLength", ("runway", "length")),
        ("14L/32R", ("14l/32r",)),
        ("...", ()),
    ],
)
def test_words_of(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("measure", MEASURES)
def test_gold_scores_one_in_any_order(measure: str) -> None:
    assert f1(GOLD[::-1], measure) == 1.0


def test_missing_and_superfluous_triples_score_nothing() -> None:
    assert f1(GOLD[:1]) == 0.5
    assert f1([*GOLD, ("a", "b", "c"), ("d", "e", "f")]) == 0.5
    assert f1([]) == 0.0


def test_parts_are_scored_one_by_one() -> None:
    wrong = ("Alan Shepard", "nationality", "New Hampshire")
    assert align_triples([wrong], GOLD[:1]).mean("partial").f1 == pytest.approx(2 / 3)


def test_partial_credit_for_words_beside_a_match() -> None:
    longer = ("Alan Shepard", "birthPlace", "the state of New Hampshire")
    partial = align_triples([longer], GOLD[:1])
    # Two parts right and one half right; strict and exact give the third nothing.
    assert partial.mean("partial").f1 == pytest.approx(2.5 / 3)
    assert partial.mean("strict").f1 == partial.mean("exact").f1 == pytest.approx(2 / 3)


def test_a_description_in_brackets_is_not_part_of_the_object() -> None:
    gold = [("a", "height", "185.0 (centimetres)")]
    assert align_triples([("a", "height", "185.0")], gold).mean("strict").f1 == 1.0


def test_swapped_ends_count_as_spans_but_not_strictly() -> None:
    swapped = [("New Hampshire", "birthPlace", "Alan Shepard")]
    scores = align_triples(swapped, GOLD[:1])
    assert scores.mean("exact").f1 == 1.0
    assert scores.mean("strict").f1 == pytest.approx(1 / 3)
