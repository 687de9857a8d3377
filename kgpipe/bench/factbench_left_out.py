"""A predicate that no label was given of, judged as `kgpipe verify --fusion` judges a batch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MINILM_NAME
from kgpipe.ports import Embedder
from kgpipe.verify.fitted import FittedModel, fit_model
from kgpipe.verify.fitted_verdict import choose_fusion
from kgpipe.verify.fusion import Inputs, predict
from kgpipe.verify.readings import Reading, adapt_readings, read_evidence
from kgpipe.verify.signals import ClaimEvidence

Floats = NDArray[np.float64]


def judge_left_out(
    evidence: Sequence[ClaimEvidence], labels: Floats, groups: Sequence[str], *, embedder: Embedder
) -> Floats:
    """The probability of each claim by a model fitted without its predicate, shape (n,).

    The model sees neither labels nor windows of the predicate while it is fitted; what the batch of
    the predicate's claims looks like is all that it is told.

    Args:
        evidence: of all claims, gathered by the embedder.
        labels: 1 or 0 for each claim.
        groups: claims of one group (a subject) are held out together within the fit.
        embedder: for windows and predicates.
    """
    chances = np.zeros(len(labels))
    predicates = np.array([item.predicate for item in evidence])
    for predicate in sorted(set(predicates.tolist())):
        inside = np.flatnonzero(predicates == predicate).tolist()
        others = np.flatnonzero(predicates != predicate).tolist()
        model = fit_model(
            [evidence[at] for at in others],
            labels[others],
            [groups[at] for at in others],
            embedder=embedder,
            embedder_name=MINILM_NAME,
            record={},
        )
        readings = [
            read_evidence(str(at), evidence[at], model, embedder=embedder, taught=True)
            for at in inside
        ]
        adapted = adapt_readings(readings, model, embedder=embedder)
        # Forced to an answer where a verdict would be unclear, as every other system here.
        chances[inside] = [_chance(reading, model) for reading in adapted]
    return chances


def _chance(reading: Reading, model: FittedModel) -> float:
    nothing = np.zeros((1, 0))
    inputs = Inputs((reading.predicate,), np.array([reading.signals]), nothing, nothing)
    return float(predict(inputs, choose_fusion(reading, model))[0])
