"""What a hundred labels tell: a random sample of FactBench with and without predictions.

Probabilities are the verifier's without a language model, cross-validated by subject. They are kept
in `probabilities.tsv`; a copy of the one that `factbench` wrote saves their computation.
"""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.bench.factbench import OURS, gather_all
from kgpipe.bench.factbench_data import FactBench, read_factbench
from kgpipe.bench.labels_ppi import sampled_accuracy
from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.verify.fusion import Inputs, cross_fusion, group_folds
from kgpipe.verify.signals import signals_out_of_fold

Floats = NDArray[np.float64]

_FOLDS = 5
_FILE = "probabilities.tsv"


def run(data: Path, out: Path, *, embedder: Embedder | None = None) -> dict[str, Any]:
    """Measure; write `report.json`, and `probabilities.tsv` if it is not there.

    Args:
        data: the folder `factbench`, or the one that holds it.
        out: for the report.
        embedder: MiniLM by default.

    Raises:
        KgpipeError: a file is missing, or `probabilities.tsv` is of other facts.
    """
    bench, truth = read_factbench(data)
    ids = [fact.id for fact in bench.facts]
    out.mkdir(parents=True, exist_ok=True)
    stored = out / _FILE
    if not stored.is_file():
        chances = cross_validate(bench, truth, embedder=embedder or MiniLmEmbedder())
        rows = [f"{one}\t{chance:.4f}" for one, chance in zip(ids, chances, strict=True)]
        stored.write_text("\n".join([f"id\t{OURS}", *rows]) + "\n", encoding="utf-8")
    report = {
        "benchmark": "labels",
        "sample": sampled_accuracy(read_probabilities(stored, ids), truth),
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def read_probabilities(path: Path, ids: list[str]) -> Floats:
    """Our column of the table, in the order of `ids`, shape (n,).

    Raises:
        KgpipeError: the column or a fact is not in it.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}
    try:
        return np.array([float(rows[one][OURS]) for one in ids])
    except KeyError as error:
        raise KgpipeError(
            f"{path} has no {error}. It should be that of kgpipe bench factbench on the same data; "
            "name another folder with --out to compute the probabilities."
        ) from error


def cross_validate(bench: FactBench, truth: Floats, *, embedder: Embedder) -> Floats:
    """Each fact's probability from models that saw no label of its subject, shape (n,)."""
    subjects = [fact.subject for fact in bench.facts]
    folds = group_folds(subjects, folds=_FOLDS)
    signals = signals_out_of_fold(gather_all(bench, embedder), folds, embedder)
    nothing = np.zeros((len(truth), 0))
    predicates = tuple(fact.predicate for fact in bench.facts)
    return cross_fusion(Inputs(predicates, signals, nothing, nothing), truth, subjects, folds)
