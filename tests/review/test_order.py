import time
from collections import Counter
from typing import Any

import numpy as np
import pytest

from kgpipe.review.facts import Facts
from kgpipe.review.order import order_facts


def make(doubt: list[float], **more: Any) -> Facts:
    """Facts that have nothing in common but what `more` says."""
    n = len(doubt)
    own = np.arange(n)
    names = ("predicate", "document", "subject and predicate", "predicate and object",
             "subject and object")  # fmt: skip
    fields: dict[str, Any] = {
        "ids": tuple(f"c{at:03}" for at in range(n)),
        "doubt": np.array(doubt),
        "checked": np.ones(n, dtype=bool),
        "impact": np.ones(n),
        "minutes": np.ones(n),
        "labelled": np.zeros(n, dtype=bool),
        "wrong": np.full(n, np.nan),
        "strata": {"predicate": np.zeros(n, dtype=np.int64)},
    }
    clusters = dict.fromkeys(names, own) | more.pop("clusters", {})
    return Facts(**(fields | {k: np.array(v) for k, v in more.items()}), clusters=clusters)


def order(facts: Facts, batch: int = 100, unchecked: float = 1.0, **more: Any) -> list[int]:
    rows = order_facts(facts, batch=batch, unchecked=unchecked, **more)
    return [int(row) for row in rows]


def test_value_is_doubt_times_impact_a_minute() -> None:
    facts = make([0.4, 0.4, 0.4, 0.1], impact=[1.0, 2.0, 2.0, 3.0], minutes=[1.0, 1.0, 0.5, 1.0])
    assert order(facts) == [2, 1, 0, 3]


def test_equal_values_go_by_impact_then_by_id() -> None:
    facts = make([0.2, 0.2, 0.4, 0.2], impact=[1.0, 2.0, 1.0, 2.0])
    assert order(facts) == [1, 3, 2, 0]


def test_a_near_duplicate_waits() -> None:
    facts = make([0.4, 0.39, 0.3], clusters={"subject and object": np.array([0, 0, 1])})
    assert order(facts) == [0, 2, 1]
    assert order(facts, diverse=False) == [0, 1, 2]


def test_a_batch_is_not_of_one_predicate() -> None:
    predicates = np.repeat([0, 1, 2], 100)
    doubt = [0.41] * 100 + [0.4] * 100 + [0.2] * 100
    facts = make(doubt, clusters={"predicate": predicates})
    counts = Counter(predicates[order(facts, batch=60)].tolist())
    assert counts[0] > 20
    assert counts[1] > 20
    assert Counter(predicates[order(facts, batch=60, diverse=False)].tolist()) == {0: 60}


def test_no_more_unchecked_facts_than_their_share_while_there_are_others() -> None:
    checked = [False] * 10 + [True] * 10
    facts = make([0.5] * 10 + [0.1] * 10, checked=checked)
    for diverse in (True, False):
        chosen = order(facts, batch=10, unchecked=0.2, diverse=diverse)
        assert sum(row < 10 for row in chosen) == 2
        assert chosen[:2] == [0, 1]
        # Where others are lacking they fill the batch.
        assert sorted(order(facts, batch=15, unchecked=0.2, diverse=diverse)) == [
            *range(5), *range(10, 20)
        ]  # fmt: skip


def test_without_any_share_unchecked_facts_come_last() -> None:
    facts = make([0.5, 0.1], checked=[False, True])
    assert order(facts, unchecked=0.0) == [1, 0]


def test_labelled_facts_are_not_asked_again_but_learnt_from() -> None:
    strata = {"predicate": np.array([0] * 6 + [1] * 2)}
    wrong = np.array([1.0] * 5 + [np.nan] * 3)
    facts = make([0.2] * 8, labelled=~np.isnan(wrong), wrong=wrong)._replace(strata=strata)
    assert order(facts) == [5, 6, 7]
    assert order(facts._replace(doubt=np.array([0.2] * 5 + [0.15, 0.2, 0.2])))[0] == 5
    unlearnt = facts._replace(doubt=np.array([0.2] * 5 + [0.15, 0.2, 0.2]))
    assert order(unlearnt, learn=False) == [6, 7, 5]


@pytest.mark.parametrize("diverse", [True, False])
def test_all_facts_come_once_and_no_more_than_asked_for(diverse: bool) -> None:
    generator = np.random.default_rng(0)
    facts = make(
        (generator.random(300) / 2).round(2).tolist(),
        clusters={"predicate": generator.integers(4, size=300)},
        checked=generator.random(300) < 0.7,
    )
    everything = order(facts, batch=1000, unchecked=0.1, diverse=diverse)
    assert sorted(everything) == list(range(300))
    assert len(order(facts, batch=7, unchecked=0.1, diverse=diverse)) == 7
    assert order(make([]), diverse=diverse) == []


def test_the_same_facts_give_the_same_order() -> None:
    doubt = [0.3] * 50
    clusters = {"predicate": np.arange(50) % 3, "document": np.arange(50) % 7}
    first = order(make(doubt, clusters=clusters), batch=30)
    assert first == order(make(doubt, clusters=clusters), batch=30)


def test_a_hundred_thousand_facts_take_no_time_to_speak_of() -> None:
    n, generator = 100_000, np.random.default_rng(0)
    wrong = np.full(n, np.nan)
    wrong[:2000] = np.round(generator.random(2000))
    facts = make(
        (generator.random(n) / 2).tolist(),
        wrong=wrong,
        labelled=~np.isnan(wrong),
        # Half of all facts in one predicate is the worst that can be expected.
        clusters={"predicate": np.minimum(generator.integers(20, size=n), 10)},
    )._replace(strata={"document": generator.integers(500, size=n)})
    started = time.process_time()
    assert len(order(facts, batch=1000)) == 1000
    # About half a second on an idle machine; this one may not be.
    assert time.process_time() - started < 5
