from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.evaluate.sample import (
    MINIMUM_SAMPLE,
    Fact,
    describe_plan,
    draw_sample,
    estimate_whole,
    order_facts,
    plan_sample,
    write_sample,
)


def facts(count: int, *, labelled: int = 0, fitted: bool = False) -> list[Fact]:
    """Facts of which the first `labelled` of the random order have a label."""
    generator = np.random.default_rng(7)
    chances = generator.beta(0.4, 0.4, count).round(3)
    true = generator.random(count) < chances
    bare = [
        Fact(
            id=f"c{n}", key=f"k{n}", probability=float(chances[n]), fitted=fitted,
            verdict=("refuted", "unclear", "supported")[int(np.digitize(chances[n], (0.2, 0.8)))],
        )
        for n in range(count)
    ]  # fmt: skip
    first = {fact.key for fact in draw_sample(bare, labelled)}
    return [
        fact.model_copy(update={"label": "supported" if true[n] else "refuted"})
        if fact.key in first
        else fact
        for n, fact in enumerate(bare)
    ]


def test_the_order_is_fixed_random_and_grows() -> None:
    made = facts(500)
    assert order_facts(made) == order_facts(made[::-1])
    assert draw_sample(made, 40)[:20] == draw_sample(made, 20)
    # A random half of the places, not the first ones.
    places = [int(fact.key[1:]) for fact in draw_sample(made, 100)]
    assert np.mean(places) == pytest.approx(250, abs=45)
    # What else is in the graph changes nothing.
    assert draw_sample(made[:250], 20) == [f for f in order_facts(made) if f in made[:250]][:20]


def test_a_labelled_sample_tells_of_all_facts() -> None:
    whole = estimate_whole(facts(1500, labelled=100))
    assert whole and whole.true and whole.supported and whole.right
    assert (whole.sampled, whole.labelled, whole.facts) == (100, 100, 1500)
    known = [fact.label == "supported" for fact in facts(1500, labelled=1500)]
    assert whole.true.estimate.low and whole.true.estimate.high
    assert whole.true.estimate.low < np.mean(known) < whole.true.estimate.high
    assert whole.true.power > 0.5
    assert whole.true.worth > 150
    first = whole.needs[0]
    assert (first.margin, first.worst) == (0.1, 90)
    assert first.powered and first.plain and first.powered < first.plain <= first.worst


def test_some_of_the_sample_may_be_skipped_but_not_many() -> None:
    made = facts(300, labelled=100)
    sample = draw_sample(made, 100)

    def without(count: int) -> list[Fact]:
        skipped = {fact.key for fact in sample[10 : 10 + count]}
        return [f.model_copy(update={"label": None}) if f.key in skipped else f for f in made]

    whole = estimate_whole(without(4))
    assert whole and (whole.sampled, whole.labelled) == (100, 96)
    few = estimate_whole(without(60))
    assert few and (few.sampled, few.true) == (0, None)
    assert [need.plain for need in few.needs] == [None] * 3


def test_labels_in_another_order_say_nothing_of_the_whole() -> None:
    made = facts(400, labelled=400)
    unsure = sorted(made, key=lambda fact: abs((fact.probability or 0) - 0.5))
    chosen = {fact.key for fact in unsure[:150]}
    active = [f if f.key in chosen else f.model_copy(update={"label": None}) for f in made]
    whole = estimate_whole(active)
    assert whole and whole.true is None


def test_fitted_probabilities_are_not_used() -> None:
    whole = estimate_whole(facts(1500, labelled=100, fitted=True))
    assert whole and whole.true and whole.supported
    assert (whole.fitted, whole.true.power) == (True, 0)
    assert whole.true.estimate == whole.supported


def test_nothing_to_estimate() -> None:
    assert estimate_whole([]) is None
    assert estimate_whole(facts(50, labelled=50)) is None
    assert estimate_whole(facts(MINIMUM_SAMPLE - 5, labelled=10)) is not None


def test_a_plan_is_written_and_never_overwritten(tmp_path: Path) -> None:
    plan = plan_sample(facts(100_000, labelled=12), margin=0.1)
    assert (plan.needed, plan.endless, plan.labelled) == (96, 96, 12)
    assert describe_plan(plan).startswith("Label 96 facts for +-10 %")
    assert "12 of them have a label" in describe_plan(plan)
    path = write_sample(plan, tmp_path / "out")
    assert path.read_text(encoding="utf-8").splitlines()[:2] == [
        "id,label,annotator",
        f"{plan.sample[0]},,",
    ]
    with pytest.raises(KgpipeError, match=r"sample\.csv: File exists"):
        write_sample(plan, tmp_path / "out")


def test_margins_are_shares() -> None:
    for margin in (0, 0.5, 10):
        with pytest.raises(UsageError, match=r"between 0 and 0\.5"):
            plan_sample(facts(10), margin=margin)
    with pytest.raises(KgpipeError, match="no fact"):
        plan_sample([], margin=0.1)
