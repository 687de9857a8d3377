"""The systems that ours is measured by: constants, recorded language models, their majorities."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.factbench_score import System
from kgpipe.stats.dawid_skene import fit_voters, predict_truth

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The released code of the ASGM-KG paper counts ties and missing answers as true.
DAS = "das (recorded votes)"
_RAG = "RAG|"


def constant_systems(labels: Floats, predicates: Sequence[str], folds: Ints) -> list[System]:
    """Always true, and for each predicate the commoner label of the other folds."""
    shares = np.zeros(len(labels))
    names = np.array(predicates)
    for fold in sorted(set(folds.tolist())):
        for name in set(predicates):
            others = labels[(folds != fold) & (names == name)]
            shares[(folds == fold) & (names == name)] = others.mean() if len(others) else 0.5
    return [System("always true", np.ones(len(labels))), System("predicate constant", shares)]


def vote_systems(votes: Floats, voters: Sequence[str]) -> list[System]:
    """Each recorded model alone (no vote counts as false), majorities, Dawid-Skene."""
    alone = [
        System(voter, np.nan_to_num(votes[:, place], nan=0.0)) for place, voter in enumerate(voters)
    ]
    rag = votes[:, [place for place, voter in enumerate(voters) if voter.startswith(_RAG)]]
    best = next((place for place, voter in enumerate(voters) if voter == "RAG|gemma2:9b"), 0)
    return [
        *alone,
        System(DAS, majority(rag, ties=1.0, missing=1.0)),
        System("majority of 4 RAG, ties true", majority(rag, ties=1.0)),
        System("majority of 4 RAG, ties false", majority(rag, ties=0.0)),
        System("majority of 4 RAG, ties gemma2", majority(rag, ties=np.nan_to_num(votes[:, best]))),
        System(f"majority of {len(voters)}, ties true", majority(votes, ties=1.0)),
        System(f"majority of {len(voters)}, ties false", majority(votes, ties=0.0)),
        System("Dawid-Skene, 4 RAG", predict_truth(rag, fit_voters(rag))),
        System(f"Dawid-Skene, {len(voters)}", predict_truth(votes, fit_voters(votes))),
    ]


def majority(votes: Floats, *, ties: float | Floats, missing: float | None = None) -> Floats:
    """1 or 0 by most votes; a tie is decided by `ties`, a vote not cast counts as `missing`."""
    cast = votes if missing is None else np.nan_to_num(votes, nan=missing)
    ayes, noes = (cast == 1).sum(axis=1), (cast == 0).sum(axis=1)
    return np.where(ayes == noes, ties, (ayes > noes).astype(np.float64))


def cross_predict(
    features: Floats, labels: Floats, folds: Ints, fit: Callable[[Floats, Floats], Floats]
) -> Floats:
    """Probabilities from log-odds weights fitted on the other folds; columns standardised there."""
    chances = np.zeros(len(labels))
    for fold in sorted(set(folds.tolist())):
        inside, others = folds == fold, folds != fold
        mean, spread = features[others].mean(axis=0), features[others].std(axis=0)
        scaled = (features - mean) / np.where(spread < 1e-9, np.inf, spread)
        weights = fit(scaled[others], labels[others])
        chances[inside] = 1 / (1 + np.exp(-(scaled[inside] @ weights[:-1] + weights[-1])))
    return chances
