"""What labels of a random sample say about all facts, and how many of them it takes.

Each fact has a place in a fixed random order (a hash of what it states: permanent random numbers,
Ohlsson 1995). The first n facts in it are a simple random sample, which more labels extend, and of
which it can be told afterwards whether it was labelled. Labels given in any other order (the
doubtful facts first) say nothing about the whole, and are not used here.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id
from kgpipe.stats.intervals import Estimate
from kgpipe.stats.prediction_powered import PoweredEstimate, powered_share
from kgpipe.stats.sample_size import labels_needed
from kgpipe.types import Polarity, Record

# Fewer labels than this support no estimate of anything large.
MINIMUM_SAMPLE = 30
# A sample counts while so many of its facts have a label; the others are reported.
_LABELLED = 0.95
MARGINS = (0.1, 0.05, 0.03)


class Fact(Record):
    """A fact as sampling sees it: `id` in this graph, `key` in every graph that states it.

    `verdict` is None without one; `fitted` tells that its probability may come from a model that
    saw labels of these facts.
    """

    id: str
    key: str
    verdict: Polarity | None
    probability: float | None
    label: Polarity | None = None
    fitted: bool = False


class Need(Record):
    """Labels that an interval of `margin` either way takes, however many are there already.

    `worst` supposes nothing; `plain` the share of true facts seen so far; `powered` that and the
    help of the machine's probabilities.
    """

    margin: float
    worst: int
    plain: int | None = None
    powered: int | None = None


class WholeGraph(Record):
    """What the sample says about all facts; without a sample only what it would take.

    `supported`, `refuted` and `unclear` are the shares of all facts that people would call so, by
    the labels alone; `true` is that of supported again, with the machine's probabilities if they
    may be used; `right` is the share of the `decided` verdicts (supported, refuted) that people
    would give too.
    """

    facts: int
    decided: int
    sampled: int = 0
    labelled: int = 0
    supported: Estimate | None = None
    refuted: Estimate | None = None
    unclear: Estimate | None = None
    true: PoweredEstimate | None = None
    right: PoweredEstimate | None = None
    fitted: bool = False
    needs: tuple[Need, ...] = ()


class Plan(Record):
    """A sample to label: `needed` of the `facts` at hand, `endless` of ever so many.

    `sample` are the ids of its facts, of which `labelled` have a label already.
    """

    margin: float
    facts: int
    needed: int
    endless: int
    labelled: int
    sample: tuple[str, ...]


def order_facts(facts: Sequence[Fact]) -> list[Fact]:
    """The fixed random order."""
    return sorted(facts, key=lambda fact: content_id("sample", fact.key))


def draw_sample(facts: Sequence[Fact], size: int) -> list[Fact]:
    """The first `size` facts of the order, a simple random sample."""
    return order_facts(facts)[:size]


def plan_sample(facts: Sequence[Fact], *, margin: float) -> Plan:
    """The sample that tells the share of true facts to `margin` either way, in the worst case.

    Raises:
        UsageError: the margin is not between 0 and a half.
        KgpipeError: there is no fact.
    """
    if not 0 < margin < 0.5:
        raise UsageError(
            f"A margin is a share between 0 and 0.5, such as 0.1 for 10 % either way; not {margin}."
        )
    if not facts:
        raise KgpipeError("There is no fact to draw a sample from.")
    needed = labels_needed(margin, population=len(facts))
    sample = draw_sample(facts, needed)
    return Plan(
        margin=margin,
        facts=len(facts),
        needed=needed,
        endless=labels_needed(margin),
        labelled=sum(fact.label is not None for fact in sample),
        sample=tuple(fact.id for fact in sample),
    )


def describe_plan(plan: Plan) -> str:
    """The plan in a sentence."""
    done = f" {plan.labelled} of them have a label already." if plan.labelled else ""
    of_many = f" ({plan.endless} of ever so many)" if plan.endless != plan.needed else ""
    return (
        f"Label {plan.needed} facts{of_many} for +-{100 * plan.margin:g} %: drawn at random from "
        f"{plan.facts}, they tell the share of true facts to that, at 95 %.{done}"
    )


def write_sample(plan: Plan, folder: Path) -> Path:
    """Write the sample's ids as `sample.csv`, a label file to fill in.

    Raises:
        KgpipeError: the folder cannot be written, or holds a sample already.
    """
    target = folder / "sample.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "label", "annotator"])
            writer.writerows([one, "", ""] for one in plan.sample)
    except OSError as error:
        raise KgpipeError(f"Cannot write {target}: {error.strerror}.") from error
    return target


def estimate_whole(facts: Sequence[Fact]) -> WholeGraph | None:
    """Estimate from the longest beginning of the order that is labelled but for one in twenty.

    None where nothing has to be estimated: there is no fact, or every one has a label.
    """
    if all(fact.label is not None for fact in facts):
        return None
    ordered = order_facts(facts)
    decided = [fact for fact in ordered if fact.verdict in ("supported", "refuted")]
    size = _labelled_beginning(ordered)
    sample = [fact for fact in ordered[:size] if fact.label is not None]
    if not sample:
        needs = tuple(
            Need(margin=margin, worst=labels_needed(margin, population=len(facts)))
            for margin in MARGINS
        )
        return WholeGraph(facts=len(facts), decided=len(decided), needs=needs)
    fitted = any(fact.fitted for fact in facts)
    power = 0.0 if fitted else None
    true = _share(ordered, sample, "supported", power)
    inside = [fact for fact in sample if fact.verdict in ("supported", "refuted")]
    return WholeGraph(
        facts=len(facts),
        decided=len(decided),
        sampled=size,
        labelled=len(sample),
        supported=_share(ordered, sample, "supported", 0.0).estimate,
        refuted=_share(ordered, sample, "refuted", 0.0).estimate,
        unclear=_share(ordered, sample, "unclear", 0.0).estimate,
        true=true,
        right=_estimate_right(decided, inside, power) if len(inside) >= MINIMUM_SAMPLE else None,
        fitted=fitted,
        needs=tuple(_plan(margin, len(facts), true) for margin in MARGINS),
    )


def _labelled_beginning(ordered: Sequence[Fact]) -> int:
    """Length of the sample; 0 where the beginning of the order has too few labels."""
    known = np.array([fact.label is not None for fact in ordered], dtype=np.bool_)
    labelled = np.cumsum(known)
    places = np.arange(1, len(ordered) + 1)
    # All facts, where there are fewer than a sample needs.
    enough = (labelled >= min(MINIMUM_SAMPLE, len(ordered))) & (labelled >= _LABELLED * places)
    return int(places[enough & known].max(initial=0))


def _share(
    population: Sequence[Fact], sample: Sequence[Fact], label: Polarity, power: float | None
) -> PoweredEstimate:
    return powered_share(
        np.array([float(fact.label == label) for fact in sample]),
        np.array([_chance(fact) for fact in sample]),
        np.array([_chance(fact) for fact in population]),
        power=power,
    )


def _estimate_right(
    population: Sequence[Fact], sample: Sequence[Fact], power: float | None
) -> PoweredEstimate:
    return powered_share(
        np.array([float(fact.label == fact.verdict) for fact in sample]),
        np.array([_sureness(fact) for fact in sample]),
        np.array([_sureness(fact) for fact in population]),
        power=power,
    )


def _chance(fact: Fact) -> float:
    """The machine's probability of the fact being true; nothing is known without one."""
    return 0.5 if fact.probability is None else fact.probability


def _sureness(fact: Fact) -> float:
    """The machine's probability of its verdict being right."""
    return _chance(fact) if fact.verdict == "supported" else 1 - _chance(fact)


def _plan(margin: float, facts: int, true: PoweredEstimate) -> Need:
    share, n = true.estimate.value or 0.0, true.estimate.n
    plain = labels_needed(margin, population=facts, expected=share) if 0 < share < 1 else None
    powered = None
    if plain is not None and true.power:
        effect = _endless(n, facts) / _endless(true.worth, facts) if n < facts else 1.0
        powered = labels_needed(margin, population=facts, expected=share, design_effect=effect)
    worst = labels_needed(margin, population=facts)
    return Need(margin=margin, worst=worst, plain=plain, powered=powered)


def _endless(labels: float, population: int) -> float:
    """Labels from an endless population that tell as much."""
    return labels / (1 - labels / population)
