from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from kgpipe.evaluate.gold import GoldLabel
from kgpipe.evaluate.match import (
    Statement,
    assign,
    count_strict,
    match_claims,
    match_partial,
    tokens,
)
from tests.evaluate.builders import make_claim, make_triple

MINERS = Statement("artisanal miners", "use", "mercury")


def test_tokens_fold_inflection_case_and_articles() -> None:
    assert tokens("The Miners") == tokens("miner")
    assert len({*map(tokens, ("releases", "released", "releasing", "release"))}) == 1
    assert tokens("is located in") == tokens("be located in")
    assert tokens("process") == tokens("processes")
    assert tokens("the") == {"the"}
    assert tokens("1,200 hectares") & tokens("1,200") == {"1,200"}


def test_strict_needs_equal_normal_forms() -> None:
    same = Statement("The Artisanal Miners", "use", "Mercury")
    assert count_strict([MINERS], [same]) == 1
    assert count_strict([MINERS], [same._replace(predicate="used")]) == 0
    assert count_strict([MINERS], [same._replace(negated=True)]) == 0


def test_strict_is_one_to_one() -> None:
    assert count_strict([MINERS, MINERS], [MINERS]) == 1


@pytest.mark.parametrize(
    ("other", "matches"),
    [
        (Statement("miners", "used", "the mercury"), True),
        (Statement("artisanal miners", "use", "liquid mercury"), True),
        (Statement("artisanal miners", "use", "cyanide"), False),
        (Statement("artisanal miners", "buy", "mercury"), False),
        (Statement("artisanal miners", "use", "mercury", negated=True), False),
        (Statement("some of the very poorest artisanal gold miners", "use", "mercury"), False),
    ],
)
def test_partial_needs_half_of_the_words_of_each_part(other: Statement, matches: bool) -> None:
    assert match_partial([MINERS], [other]) == ([(0, 0)] if matches else [])


def test_partial_refuses_contradicting_numbers() -> None:
    found = Statement("ASGM", "emits", "838 tonnes of mercury")
    assert match_partial([found], [found._replace(object="900 tonnes of mercury")]) == []
    assert match_partial([found], [found._replace(object="tonnes of mercury")]) == [(0, 0)]


def test_partial_makes_as_many_pairs_as_possible() -> None:
    # Greedily, the first prediction would take the only partner of the second.
    exact, wide = MINERS, MINERS._replace(subject="artisanal miners of gold")
    gold = [MINERS._replace(subject="artisanal miners of gold in Peru"), exact]
    assert match_partial([wide, exact], gold) == [(0, 0), (1, 1)]


def test_partial_prefers_the_more_alike() -> None:
    gold = [MINERS._replace(object="liquid mercury"), MINERS]
    assert match_partial([MINERS], gold) == [(0, 1)]


def test_nothing_to_match() -> None:
    assert match_partial([], [MINERS]) == match_partial([MINERS], []) == []


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 0.5, 0.8, 1.0]), min_size=4, max_size=4),
        min_size=1,
        max_size=4,
    )
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_assignment_is_the_best_of_all(table: list[list[float]]) -> None:
    pairs = assign(sparse.csr_array(table))
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)

    values = [table[row][column] for row, column in pairs]
    best = max(
        (sum(cell > 0 for cell in cells), round(sum(cells), 6))
        for order in permutations(range(4), len(table))
        for cells in [[table[row][column] for row, column in enumerate(order)]]
    )
    assert (len(values), round(sum(values), 6)) == best


def test_claims_match_by_the_wording_of_their_support() -> None:
    triple = make_triple("t1", "a.pdf", ("Hg", "is used by", "miners"))
    claim = make_claim(triple).model_copy(update={"subject": "mercury"})
    label = GoldLabel(
        id="g", label="supported", votes={}, subject="Hg", predicate="be used by", object="miners"
    )
    canonical = label.model_copy(update={"subject": "mercury"})
    other = label.model_copy(update={"subject": "cyanide"})
    assert match_claims([claim], [triple], [other, label]) == [(0, 1)]
    assert match_claims([claim], [triple], [canonical]) == [(0, 0)]
    assert match_claims([claim, claim], [triple], [label]) == [(0, 0)]
