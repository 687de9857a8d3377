import numpy as np
import pytest

from kgpipe.verify.reliability import add_votes, add_votes_out_of_fold, learn_sources, site_of
from tests.verify.test_fitted import vote


def test_a_liar_is_not_heard_and_a_good_source_is_heard_more() -> None:
    outcomes = np.array([1.0, 0.0] * 10)
    votes = [
        [vote(1.0 if true else -1.0, "https://www.good.org/a"), vote(-1.0 if true else 1.0, "liar"),
         vote(1.0 if true else -1.0, "plain"), vote(1.0 if true else -1.0, f"once {number}")]
        for number, true in enumerate(outcomes)
    ]  # fmt: skip
    sources = learn_sources(votes, outcomes)
    assert (sources["good.org"].votes, sources["good.org"].right) == (20, 20)
    assert (sources["liar"].right, sources["liar"].weight) == (0, 0.0)
    assert 1 < sources["once 0"].weight < sources["good.org"].weight <= 2
    heard = add_votes([vote(1.5, "https://good.org/b"), vote(-3.0, "liar")], sources)
    assert heard == pytest.approx(1.5 * sources["good.org"].weight)
    assert add_votes([vote(-0.5, "never met")], sources) == -0.5


def test_a_liar_is_known_even_where_it_is_heard_most() -> None:
    outcomes = np.ones(12)
    votes = [[vote(-1.0, "liar"), vote(-1.0, "copy")] + [vote(1.0, "good")] * (n < 6)
             for n in range(12)]  # fmt: skip
    sources = learn_sources(votes, outcomes)
    assert sources["liar"].weight == sources["copy"].weight == 0.0
    assert sources["good"].weight > 1
    assert learn_sources([[], [vote(0.0, "neutral")]], np.ones(2)) == {}


def test_no_claim_is_weighed_by_its_own_label() -> None:
    generator = np.random.default_rng(1)
    # One source for each claim: what its record says is that claim's own label.
    outcomes = (generator.random(60) < 0.5).astype(float)
    votes = [[vote(1.0, f"site {at}"), vote(1.0 if outcomes[at] else -1.0)] for at in range(60)]
    groups = [f"s{at}" for at in range(60)]
    places = np.arange(60)
    totals, _ = add_votes_out_of_fold(votes, places, outcomes, groups)
    flipped = outcomes.copy()
    flipped[0] = 1 - flipped[0]
    again, _ = add_votes_out_of_fold(votes, places, flipped, groups)
    assert again[0] == totals[0]


@pytest.mark.parametrize(
    ("source", "site"),
    [("https://www.Example.org/x?y", "example.org"), ("reports/a.pdf", "reports/a.pdf"),
     ("http://[broken", "http://[broken")],
)  # fmt: skip
def test_sites(source: str, site: str) -> None:
    assert site_of(source) == site
