"""Two runs over the same facts: what came, what went, what changed, and is it worse."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError
from kgpipe.evaluate.cases import Case
from kgpipe.evaluate.gold import GoldLabel, VerdictRow
from kgpipe.evaluate.match import match_claims
from kgpipe.evaluate.render import render_comparison, write_files
from kgpipe.evaluate.reviewed import collect_labels, verdicts_by_claim, word_claim
from kgpipe.stats.intervals import Estimate, wilson
from kgpipe.stats.paired import mcnemar
from kgpipe.types import Claim, Graph, Polarity, Record, Rejection

Outcome = Literal["supported", "refuted", "unclear", "error", "no verdict"]
# Differences of shares are rounded to this many digits before they meet the limit: .9 - .85 is not
# more than .05.
_DIGITS = 9


class Side(Record):
    """One run: the outcome of each fact by an id that both sides share, and what people say.

    `labels` are by the ids of `judged`, which are those of the facts, or of gold claims where gold
    is matched by wording. A label counts only where both sides have the fact if `common` is set:
    for labels that were given to the facts of a run, not to claims that were asked of it.
    """

    name: str
    facts: dict[str, Outcome]
    words: dict[str, str]
    judged: dict[str, Outcome]
    labels: dict[str, Polarity]
    common: bool = False


class Change(Record):
    """A fact whose outcome differs; "" where a side does not have it, or people have not said."""

    fact: str
    words: str
    before: Outcome | Literal[""]
    after: Outcome | Literal[""]
    people: Polarity | Literal[""] = ""

    @property
    def turn(self) -> Literal["worse", "better", ""]:
        """Whether people's label was met before and is not now, or the other way round."""
        if not self.people or self.people not in (self.before, self.after):
            return ""
        return "worse" if self.people == self.before else "better"


class Standing(Record):
    """One side on the shared labels: all of them, and those that it and people decide."""

    name: str
    facts: int
    right: Estimate
    decided: Estimate


class Comparison(Record):
    """Two sides; McNemar's exact test is of the labelled claims that only one has right.

    `drop` is how much worse the second is, in the share of labels that it gives rightly (an
    abstention, an error and a missing verdict are not right) or in that among decided claims,
    whichever is greater; 0 if it is not worse, None without labels. `left_out` counts labelled
    facts that only one report holds: see `keep_shared`.
    """

    first: Standing
    second: Standing
    labelled: int
    contradicting: int
    only_first_right: int
    only_second_right: int
    p_value: float | None
    drop: float | None
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    changed: tuple[Change, ...]
    left_out: int = 0
    rejections: tuple[Rejection, ...] = ()


def sum_up(comparison: Comparison) -> list[str]:
    """The comparison in a few lines for people."""
    before, after = comparison.first, comparison.second
    lines = [
        f"Facts: {before.facts} before, {after.facts} after; {len(comparison.gained)} gained, "
        f"{len(comparison.lost)} lost, {len(comparison.changed)} verdicts changed."
    ]
    if comparison.left_out:
        lines.append(
            f"Left out: {comparison.left_out} facts that have a label in one of the reports only."
        )
    if comparison.drop is None:
        return [*lines, "No fact has a label: nothing can be said of what is right."]
    return [
        *lines,
        f"Right of {comparison.labelled} labelled: {_share(before.right)} before, "
        f"{_share(after.right)} after; of those decided: {_share(before.decided)} of "
        f"{before.decided.n}, {_share(after.decided)} of {after.decided.n}.",
        f"Right only before: {comparison.only_first_right}; only after: "
        f"{comparison.only_second_right}; McNemar, exact: p = {comparison.p_value}.",
    ]


def _share(estimate: Estimate) -> str:
    return "n/a" if estimate.value is None else f"{estimate.value:.3f}"


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write comparison.json, comparison.md and comparison.html (self-contained)."""
    contents = {
        "comparison.json": comparison.model_dump_json(indent=1) + "\n",
        "comparison.md": render_comparison(comparison, html=False),
        "comparison.html": render_comparison(comparison, html=True),
    }
    return write_files(folder, contents)


# ---------------------------------------------------------------- the sides


def side_of_verdicts(rows: Sequence[VerdictRow], labels: Sequence[GoldLabel], *, name: str) -> Side:
    """A verdict file beside gold labels with the same ids."""
    facts = {row.id: _outcome(row.status, row.label) for row in rows}
    words = {
        label.id: " · ".join(filter(None, (label.subject, label.predicate, label.object)))
        for label in labels
    }
    settled = {one.id: one.label for one in labels if one.label is not None}
    return Side(name=name, facts=facts, words=words, judged=facts, labels=settled)


def side_of_cases(cases: Sequence[Case], *, name: str) -> Side:
    """The labelled claims of an earlier report."""
    facts = {case.id: _outcome(case.status, case.predicted) for case in cases}
    return Side(
        name=name,
        facts=facts,
        words={case.id: case.claim for case in cases},
        judged=facts,
        labels={case.id: case.gold for case in cases},
    )


def keep_shared(first: Side, second: Side) -> tuple[Side, Side]:
    """The facts that both reports hold, where these are of reviewers' labels.

    Such a report holds the facts that were labelled by then, so that a fact that is not in it may
    well be in the graph: it was neither gained nor lost, and nobody judged it wrongly.
    """
    shared = first.facts.keys() & second.facts.keys()

    def keep(side: Side) -> Side:
        facts = {one: outcome for one, outcome in side.facts.items() if one in shared}
        return side.model_copy(update={"facts": facts, "judged": facts, "common": True})

    return keep(first), keep(second)


def sides_of_graphs(
    graphs: tuple[Graph, Graph], *, names: tuple[str, str], gold: Sequence[GoldLabel] = ()
) -> tuple[Side, Side]:
    """Two graphs; claims are the same where a statement that supports them is in both.

    Without gold, the labels that reviewers gave in either count, the second's before the first's.
    """
    first, second = graphs
    owner = {key: min(claim.keys) for claim in first.claims for key in sorted(claim.keys)}
    ids = (
        {claim.id: min(claim.keys) for claim in first.claims},
        {claim.id: _identify(claim, owner) for claim in second.claims},
    )
    known: dict[str, Polarity] = {}
    for graph, names_of in zip(graphs, ids, strict=True):
        labels = collect_labels(graph)
        known |= {names_of[one.id]: one.label for one in labels if one.label is not None}
    sides = [
        _side_of_graph(graph, name, names_of, gold, known)
        for graph, name, names_of in zip(graphs, names, ids, strict=True)
    ]
    return sides[0], sides[1]


def _identify(claim: Claim, owner: Mapping[str, str]) -> str:
    """The first graph's id of a claim that shares a statement with it, else its own."""
    shared = [key for key in sorted(claim.keys) if key in owner]
    return owner[shared[0]] if shared else min(claim.keys)


def _side_of_graph(
    graph: Graph,
    name: str,
    ids: Mapping[str, str],
    gold: Sequence[GoldLabel],
    known: Mapping[str, Polarity],
) -> Side:
    verdicts = verdicts_by_claim(graph)
    facts: dict[str, Outcome] = {
        ids[claim.id]: _outcome(verdicts[claim.id].status, verdicts[claim.id].label)
        if claim.id in verdicts
        else "no verdict"
        for claim in graph.claims
    }
    words = {ids[claim.id]: word_claim(claim) for claim in graph.claims}
    if not gold:
        return Side(
            name=name, facts=facts, words=words, judged=facts, labels=dict(known), common=True
        )
    pairs = match_claims(graph.claims, graph.triples, gold)
    judged = {gold[label].id: facts[ids[graph.claims[claim].id]] for claim, label in pairs}
    labels = {one.id: one.label for one in gold if one.label is not None}
    return Side(name=name, facts=facts, words=words, judged=judged, labels=labels)


def _outcome(status: str, label: Polarity) -> Outcome:
    return "error" if status == "error" else label


# ---------------------------------------------------------------- the comparison


def compare_sides(first: Side, second: Side) -> Comparison:
    """Compare two sides of the same kind.

    Raises:
        KgpipeError: they have no fact and no labelled claim in common.
    """
    shared = first.facts.keys() & second.facts.keys()
    if not shared and not first.judged.keys() & second.judged.keys():
        raise KgpipeError(
            f"{first.name} and {second.name} have no fact in common, so there is nothing to "
            "compare. Name two workspaces, two verdict files or two report folders."
        )
    torn = {
        one
        for one in first.labels.keys() & second.labels.keys()
        if first.labels[one] != second.labels[one]
    }
    either = first.judged.keys() | second.judged.keys()
    both = first.judged.keys() & second.judged.keys()
    labels = {**first.labels, **second.labels}
    asked = sorted((labels.keys() - torn) & (both if first.common else either))
    rights = [
        np.array([side.judged.get(one) == labels[one] for one in asked], dtype=np.bool_)
        for side in (first, second)
    ]
    standings = [
        _stand(side, right, asked, labels)
        for side, right in zip((first, second), rights, strict=True)
    ]
    test = mcnemar(rights[0], rights[1])
    return Comparison(
        first=standings[0],
        second=standings[1],
        labelled=len(asked),
        contradicting=len(torn),
        only_first_right=test.only_first,
        only_second_right=test.only_second,
        p_value=float(f"{test.p_value:.3g}") if asked else None,
        drop=_drop(*standings) if asked else None,
        gained=_changes(second.facts.keys() - shared, first, second, labels),
        lost=_changes(first.facts.keys() - shared, first, second, labels),
        changed=_changes(
            {one for one in shared if first.facts[one] != second.facts[one]}, first, second, labels
        ),
    )


def _stand(
    side: Side, right: NDArray[np.bool_], asked: Sequence[str], labels: Mapping[str, Polarity]
) -> Standing:
    decided = [
        one
        for one in asked
        if labels[one] != "unclear" and side.judged.get(one) in ("supported", "refuted")
    ]
    hits = sum(side.judged[one] == labels[one] for one in decided)
    return Standing(
        name=side.name,
        facts=len(side.facts),
        right=wilson(int(right.sum()), len(asked)),
        decided=wilson(hits, len(decided)),
    )


def _drop(first: Standing, second: Standing) -> float:
    pairs = ((first.right, second.right), (first.decided, second.decided))
    drops = [
        before.value - after.value
        for before, after in pairs
        if before.value is not None and after.value is not None
    ]
    return round(max(0.0, *drops), _DIGITS)


def _changes(
    ids: set[str], first: Side, second: Side, people: Mapping[str, Polarity]
) -> tuple[Change, ...]:
    """What is worse first, then what is better; in the order of their words."""
    found = [
        Change(
            fact=one,
            words=second.words.get(one) or first.words.get(one) or one,
            before=first.facts.get(one, ""),
            after=second.facts.get(one, ""),
            people=people.get(one, ""),
        )
        for one in ids
    ]
    return tuple(sorted(found, key=_rank))


def _rank(change: Change) -> tuple[int, bool, str, str]:
    turns = ("worse", "better", "")
    return turns.index(change.turn), not change.people, change.words, change.fact
