"""Print how far the two annotators of the sample gold agree.

    python data/sample/agreement.py

A is the first annotator, B the second. Neither set is taken for the truth, so only measures are
given that stay the same when A and B change places. What B knew beforehand is told at the end of
`gold/GUIDELINES.md`.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from kgpipe.evaluate.match import Statement, as_statement, count_strict, match_partial, normalised
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap
from kgpipe.stats.metrics import (
    accuracy,
    b_cubed_scores,
    cohen_kappa,
    confusion_matrix,
    pairwise_scores,
    precision_recall_f1,
)

GOLD = Path(__file__).with_name("gold")
LABELS = ("supported", "refuted", "unclear")
# Widest name of a document, so that the columns of the table stand under each other.
WIDTH = 24


def main() -> None:
    """Compare labels, triples and groups of names."""
    print_labels(_read_csv("labels_first.csv"), _read_csv("labels_second.csv"))
    print()
    print_triples(_read_triples("triples.jsonl"), _read_triples("triples_second.jsonl"))
    print()
    print_names(_read_csv("entities.csv"), _read_csv("entities_second.csv"))


def print_labels(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Print counts, observed agreement and Cohen's kappa, with intervals clustered by document.

    Raises:
        pandas.errors.MergeError: an id is labelled twice by one annotator.
    """
    both = first.merge(second, on="id", suffixes=("_a", "_b"), validate="one_to_one")
    ours = np.array([LABELS.index(label) for label in both["label_a"]], dtype=np.int64)
    theirs = np.array([LABELS.index(label) for label in both["label_b"]], dtype=np.int64)

    def scores(drawn: Indices) -> tuple[float, float]:
        matrix = confusion_matrix(ours[drawn], theirs[drawn], classes=len(LABELS))
        return accuracy(matrix), cohen_kappa(matrix)

    observed, kappa = cluster_bootstrap(scores, both["group"].tolist())
    matrix = confusion_matrix(ours, theirs, classes=len(LABELS))
    print(f"LABELS: {len(both)} facts of {observed.n} documents labelled by both")
    print(f"{'rows A, columns B':<18}" + "".join(f"{label:>11}" for label in LABELS))
    for label, counts in zip(LABELS, matrix.tolist(), strict=True):
        print(f"{label:<18}" + "".join(f"{count:>11}" for count in counts))
    print(f"observed agreement {_show(observed)}")
    print(f"Cohen's kappa      {_show(kappa)}")
    for row in both[ours != theirs].itertuples():
        print(f"  {row.id}: A {row.label_a}, B {row.label_b}")


def print_triples(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Print strict and partial F1 on each document that B covers, and on all of them together."""
    covered = sorted(second["document"].unique())
    print(f"TRIPLES: {len(covered)} documents annotated by both")
    columns = ("A", "B", "strict", "F1", "partial", "F1")
    print(f"{'document':<{WIDTH}}" + "".join(f"{column:>9}" for column in columns))
    counts = [
        _count_common(
            _distinct(first[first["document"] == name]),
            _distinct(second[second["document"] == name]),
        )
        for name in covered
    ]
    totals = np.sum(counts, axis=0).tolist()
    for name, (ours, theirs, strict, partial) in zip(
        [*covered, "all"], [*counts, totals], strict=True
    ):
        print(
            f"{name:<{WIDTH}}{ours:>9}{theirs:>9}{strict:>9}{_f1(strict, ours, theirs):>9.3f}"
            f"{partial:>9}{_f1(partial, ours, theirs):>9.3f}"
        )


def print_names(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Print pairwise F1 and B-cubed F1 of the two groupings of the same names.

    Raises:
        pandas.errors.MergeError: an annotator lists a name twice.
    """
    both = first.merge(second, on="name", suffixes=("_a", "_b"), validate="one_to_one")
    ours, theirs = both["entity_a"].tolist(), both["entity_b"].tolist()
    print(f"NAMES: {len(both)} names grouped by both")
    print(f"entities           A {len(set(ours))}, B {len(set(theirs))}")
    print(f"pairwise F1        {pairwise_scores(ours, theirs).f1:.3f}")
    print(f"B-cubed F1         {b_cubed_scores(ours, theirs).f1:.3f}")


def _count_common(ours: list[Statement], theirs: list[Statement]) -> tuple[int, int, int, int]:
    """Facts of A, of B, common to both by the strict rule, and by the partial one."""
    return (
        len(ours),
        len(theirs),
        count_strict(theirs, ours),
        len(match_partial(theirs, ours)),
    )


def _distinct(facts: pd.DataFrame) -> list[Statement]:
    """A fact that a document states twice counts once."""
    return sorted({normalised(as_statement(fact)) for fact in facts.itertuples()})


def _f1(matched: int, ours: int, theirs: int) -> float:
    return precision_recall_f1(matched=matched, predicted=theirs, gold=ours).f1


def _show(estimate: Estimate) -> str:
    return (
        f"{estimate.value:.3f}, 95% interval {estimate.low:.3f} to {estimate.high:.3f} "
        f"(bootstrap over {estimate.n} documents)"
    )


def _read_csv(name: str) -> pd.DataFrame:
    # Everything stays text: "Namibia" may be written NA.
    return pd.read_csv(GOLD / name, dtype=str, keep_default_na=False)


def _read_triples(name: str) -> pd.DataFrame:
    return pd.read_json(GOLD / name, lines=True, dtype=False)


if __name__ == "__main__":
    main()
