"""Machine verdicts on FactBench for the benchmark of labels: made once, kept, or read from a file.

A file of verdicts has a column `id` and a column of probabilities for each system, as the
`probabilities.tsv` of `kgpipe bench factbench`.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.bench.factbench import OURS, OURS_NEW, OURS_VOTES, gather_all, signed_votes
from kgpipe.bench.factbench_data import FactBench, votes_matrix
from kgpipe.bench.factbench_left_out import judge_left_out
from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.verify.fusion import Inputs, cross_fusion, group_folds, predict, unfitted
from kgpipe.verify.signals import signals_out_of_fold

Floats = NDArray[np.float64]

OURS_UNFITTED = "kgpipe, no language model, no label"
LEFT_OUT = f"{OURS}; one predicate left out"
LEFT_OUT_VOTES = f"{OURS_VOTES}; one predicate left out"
# Calibrated, calibrated on other relations than those asked about, and not at all.
VERDICTS = (OURS, OURS_VOTES, OURS_NEW, LEFT_OUT, LEFT_OUT_VOTES, OURS_UNFITTED)
_FOLDS = 5


def make_verdicts(
    bench: FactBench, labels: Floats, *, embedder: Embedder | None = None
) -> dict[str, Floats]:
    """The probability of each fact being true, by system; each label enters other facts' alone."""
    embedder = embedder or MiniLmEmbedder()
    evidence = gather_all(bench, embedder)
    subjects = [fact.subject for fact in bench.facts]
    predicates = [fact.predicate for fact in bench.facts]
    folds = group_folds(subjects, folds=_FOLDS)
    signals = signals_out_of_fold(evidence, folds, embedder)
    nothing = np.zeros((len(labels), 0))
    plain = Inputs(tuple(predicates), signals, nothing, nothing)
    voted = plain._replace(votes=signed_votes(votes_matrix(bench.facts)))
    names = sorted(set(predicates))
    by_predicate = np.array([names.index(name) for name in predicates], dtype=np.int64)
    return {
        OURS: cross_fusion(plain, labels, subjects, folds),
        OURS_VOTES: cross_fusion(voted, labels, subjects, folds),
        OURS_NEW: judge_left_out(evidence, labels, subjects, embedder=embedder),
        LEFT_OUT: cross_fusion(plain, labels, subjects, by_predicate),
        LEFT_OUT_VOTES: cross_fusion(voted, labels, subjects, by_predicate),
        OURS_UNFITTED: predict(plain, unfitted(plain)),
    }


def read_verdicts(path: Path, bench: FactBench) -> dict[str, Floats]:
    """The systems of `VERDICTS` that the file has.

    Raises:
        KgpipeError: the file cannot be read, is about other facts, or has none of the systems.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except OSError as error:
        raise KgpipeError(f"Cannot read {path}: {error.strerror}.") from error
    if [row.get("id") for row in rows] != [fact.id for fact in bench.facts]:
        raise KgpipeError(f"{path} is not about the facts of this benchmark, in their order.")
    found = [name for name in VERDICTS if rows and name in rows[0]]
    if not found:
        raise KgpipeError(f"{path} has no column {' or '.join(map(repr, VERDICTS))}.")
    try:
        return {name: np.array([float(row[name]) for row in rows]) for name in found}
    except ValueError as error:
        raise KgpipeError(f"{path}: {error}; probabilities are numbers.") from error


def write_verdicts(verdicts: Mapping[str, Floats], bench: FactBench, path: Path) -> None:
    """Write what `read_verdicts` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(["id", *verdicts])]
    for row, fact in enumerate(bench.facts):
        lines.append("\t".join([fact.id, *(f"{one[row]:.4f}" for one in verdicts.values())]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
