"""FactBench as a stream of labels: how many wrong verdicts 100 of them find, and what they tell.

Verdicts come from models that did not see the fact's label. An order sees the labels of the facts
that it has asked for, and no other. The facts stand alone (one document, two names each), so impact
and minutes are the same for all, and what is measured is where errors are looked for. Apart from
that, random samples of 100 labels estimate the accuracy of all verdicts (`labels_ppi`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from kgpipe.bench.factbench_data import Fact, read_factbench
from kgpipe.bench.labels_curve import UNREACHABLE, draw_curves, write_curves
from kgpipe.bench.labels_ppi import sampled_accuracy
from kgpipe.bench.labels_verdicts import make_verdicts, read_verdicts, write_verdicts
from kgpipe.ports import Embedder
from kgpipe.review.facts import Facts, gather_facts
from kgpipe.review.order import order_facts
from kgpipe.settings import ReviewSettings
from kgpipe.stats.intervals import cluster_bootstrap
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Graph, Triple, Verdict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Order = Callable[[Facts, Floats, int], Ints]

BUDGET = 100
# How far the curve goes, and where it is told in the report.
_CURVE = 300
_POINTS = (50, 100, 200, 300)
_RESAMPLES = 200
_RANDOM_REPETITIONS = 1000
OURS = "ours, labels returned after every 10"


def run(
    data: Path,
    out: Path,
    *,
    verdicts: str = "",
    embedder: Embedder | None = None,
    resamples: int = _RESAMPLES,
    budget: int = BUDGET,
) -> dict[str, Any]:
    """Compare orders; write `report.json`, `curves.csv`, `curves.svg` and `verdicts.tsv`.

    Args:
        data: the folder `factbench`, or the one that holds it.
        out: for the report; its `verdicts.tsv` of an earlier run is used again.
        verdicts: another such file, as the `probabilities.tsv` of `kgpipe bench factbench`.
        embedder: MiniLM by default; for verdicts that are to be made.
        resamples: of the bootstrap over subjects.
        budget: labels that are counted.

    Raises:
        KgpipeError: a file is missing or broken.
    """
    bench, labels = read_factbench(data)
    kept = Path(verdicts) if verdicts else out / "verdicts.tsv"
    if verdicts or kept.is_file():
        found = read_verdicts(kept, bench)
    else:
        found = make_verdicts(bench, labels, embedder=embedder)
        write_verdicts(found, bench, kept)
    subjects = [fact.subject for fact in bench.facts]
    curves: dict[str, dict[str, Floats]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for system, probabilities in found.items():
        facts = make_facts(bench.facts, probabilities)
        wrong = ((probabilities >= 0.5) != (labels == 1)).astype(np.float64)
        curves[system] = {
            name: np.cumsum(wrong[order(facts, wrong, _CURVE)]) for name, order in ORDERS.items()
        }
        rows[system] = {
            "wrong": int(wrong.sum()),
            "random": describe_random(wrong, budget),
            "orders": compare_orders(facts, wrong, subjects, budget=budget, resamples=resamples),
            "sample": sampled_accuracy(probabilities, labels, labels=budget),
            "found_in": {
                order: {str(at): int(found[at - 1]) for at in _POINTS if at <= len(found)}
                for order, found in curves[system].items()
            },
        }
    report = {
        "benchmark": "FactBench as a stream of labels",
        "facts": len(labels),
        "labels": budget,
        "verdicts": rows,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    write_curves(curves, out / "curves.csv")
    draw_curves(curves, {system: row["wrong"] / len(labels) for system, row in rows.items()}, out)
    return report


def make_facts(facts: Sequence[Fact], probabilities: Floats) -> Facts:
    """FactBench as a graph with verdicts, in which no fact touches another."""
    triples = [
        Triple(id=fact.id, document_id=fact.id, subject=fact.subject, predicate=fact.predicate,
               object=fact.object, evidence=None, extractor="csv", imported=True)
        for fact in facts
    ]  # fmt: skip
    claims = [
        Claim(id=triple.id, subject_id=f"{triple.id}:s", predicate=triple.predicate,
              object_id=f"{triple.id}:o", subject=triple.subject, object=triple.object,
              support=(triple.id,), documents=(triple.id,), keys=(label_key(triple),))
        for triple in triples
    ]  # fmt: skip
    found = [
        Verdict(claim_id=triple.id, label="supported" if chance >= 0.5 else "refuted", status="ok",
                reason="", probability=chance, calibrated=True)
        for triple, chance in zip(triples, probabilities.tolist(), strict=True)
    ]  # fmt: skip
    graph = Graph(documents=(), triples=tuple(triples), entities=(), claims=tuple(claims),
                  verdicts=tuple(found))  # fmt: skip
    gathered = gather_facts(graph)
    # Reading takes the same time where there is nothing to read but names.
    alike = gathered._replace(minutes=np.ones(len(facts)))
    place = {name: row for row, name in enumerate(alike.ids)}
    return alike.take(np.array([place[fact.id] for fact in facts], dtype=np.int64))


def review_in_batches(
    facts: Facts,
    wrong: Floats,
    budget: int,
    *,
    batch: int,
    learn: bool = True,
    diverse: bool = True,
) -> Ints:
    """The first `budget` facts in the product's order, with labels returned after each batch."""
    asked = np.array([], dtype=np.int64)
    # What is known so far, in arrays of its own.
    seen = facts._replace(labelled=facts.labelled.copy(), wrong=facts.wrong.copy())
    while len(asked) < min(budget, len(wrong)):
        chosen = order_facts(
            seen,
            batch=min(batch, budget - len(asked)),
            unchecked=ReviewSettings().unchecked,
            learn=learn,
            diverse=diverse,
        )
        seen.labelled[chosen] = True
        seen.wrong[chosen] = wrong[chosen]
        asked = np.concatenate([asked, chosen])
    return asked


def find_errors_first(_facts: Facts, wrong: Floats, budget: int) -> Ints:
    """What nobody can do: all errors first."""
    return np.argsort(-wrong, kind="stable")[:budget]


_once = partial(review_in_batches, learn=False)
ORDERS: Mapping[str, Order] = {
    OURS: partial(review_in_batches, batch=10),
    "ours, after every 50": partial(review_in_batches, batch=50),
    "ours, none returned": lambda facts, wrong, budget: _once(facts, wrong, budget, batch=budget),
    "doubt alone": lambda facts, wrong, budget: _once(
        facts, wrong, budget, batch=budget, diverse=False
    ),
    UNREACHABLE: find_errors_first,
}


def compare_orders(
    facts: Facts, wrong: Floats, subjects: Sequence[str], *, budget: int, resamples: int
) -> dict[str, dict[str, Any]]:
    """Errors that each order finds, and how many times those of a random order, with intervals.

    In a resample facts are drawn by subject; one that is drawn twice is two facts.
    """
    names = list(ORDERS)

    def ratios(at: Ints) -> list[float]:
        drawn, errors = _draw(facts, at), wrong[at]
        if not errors.any():
            return [float("nan")] * len(names)
        chance = budget * errors.mean()
        return [
            float(errors[order(drawn, errors, budget)].sum() / chance) for order in ORDERS.values()
        ]

    estimates = cluster_bootstrap(ratios, subjects, resamples=resamples)
    return {
        name: {
            "found": int(wrong[ORDERS[name](facts, wrong, budget)].sum()),
            "ratio": estimate.model_dump(),
        }
        for name, estimate in zip(names, estimates, strict=True)
    }


def _draw(facts: Facts, at: Ints) -> Facts:
    """The facts at `at`; copies of one fact have no more in common than their predicate."""
    drawn, own = facts.take(at), np.arange(len(at), dtype=np.int64)
    apart = {name: own for name in drawn.clusters}
    return drawn._replace(
        strata=drawn.strata | {"document": own},
        clusters=apart | {"predicate": drawn.clusters["predicate"]},
    )


def describe_random(wrong: Floats, budget: int) -> dict[str, Any]:
    """Errors in `budget` facts drawn at random: exactly, and in repeated draws."""
    chance = hypergeom(len(wrong), int(wrong.sum()), min(budget, len(wrong)))
    generator = np.random.default_rng(0)
    draws = [
        int(wrong[generator.permutation(len(wrong))[:budget]].sum())
        for _ in range(_RANDOM_REPETITIONS)
    ]
    return {
        "expected": round(min(budget, len(wrong)) * float(wrong.mean()), 3),
        "low": int(chance.ppf(0.025)),
        "high": int(chance.ppf(0.975)),
        "mean_of_repetitions": round(float(np.mean(draws)), 3),
        "repetitions": _RANDOM_REPETITIONS,
    }
