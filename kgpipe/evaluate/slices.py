"""The same figures for parts of the claims: by predicate, document, kind of source, and so on."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from kgpipe.evaluate.cases import Case
from kgpipe.stats.intervals import Estimate, wilson
from kgpipe.types import Record

_DIMENSIONS: dict[str, Callable[[Case], str]] = {
    "predicate": lambda case: case.predicate,
    "document": lambda case: case.document,
    "kind of source": lambda case: case.source_kind,
    "stratum": lambda case: case.stratum,
    "group": lambda case: case.group,
}


class SliceRow(Record):
    """One part: shares with Wilson's intervals, which take its claims for independent.

    `verdicts_right` is over the machine's supported and refuted, whatever people say.
    """

    value: str
    labelled: int
    errors: int
    abstained: int
    wrong: int
    accuracy: Estimate
    coverage: Estimate
    verdicts_right: Estimate


class Breakdown(Record):
    """The parts along one dimension, those with most labels first; "" is not a part."""

    dimension: str
    rows: tuple[SliceRow, ...]


def break_down(cases: Sequence[Case]) -> tuple[Breakdown, ...]:
    """Every dimension in which the cases differ; groups that are documents are not shown twice."""
    found: list[Breakdown] = []
    named: set[str] = set()
    for dimension, read in _DIMENSIONS.items():
        parts: dict[str, list[Case]] = defaultdict(list)
        for case in cases:
            if value := read(case):
                parts[value].append(case)
        # With a value of its own for every claim a dimension divides nothing.
        if not 1 < len(parts) < len(cases) or parts.keys() <= named:
            continue
        named |= parts.keys()
        rows = [_score(value, members) for value, members in parts.items()]
        rows.sort(key=lambda row: (-row.labelled, row.value))
        found.append(Breakdown(dimension=dimension, rows=tuple(rows)))
    return tuple(found)


def _score(value: str, cases: Sequence[Case]) -> SliceRow:
    judged = [case for case in cases if case.status == "ok"]
    given = [case for case in judged if case.predicted != "unclear"]
    right = sum(case.gold == case.predicted for case in given)
    return SliceRow(
        value=value,
        labelled=len(cases),
        errors=len(cases) - len(judged),
        abstained=len(judged) - len(given),
        wrong=len(given) - right,
        accuracy=wilson(sum(case.gold == case.predicted for case in judged), len(judged)),
        coverage=wilson(len(given), len(judged)),
        verdicts_right=wilson(right, len(given)),
    )
