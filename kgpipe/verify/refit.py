"""Fits the verifier to a user's own claims, labels and evidence, and judges by what was fitted."""

from collections.abc import Mapping, Sequence

import numpy as np

from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.types import Retrieved, Verdict, Vote
from kgpipe.verify.fitted import (
    FittedModel,
    fit_model,
    fitted_verdict,
    judge_evidence,
    knows_predicate,
)
from kgpipe.verify.pages import pages_of_passages
from kgpipe.verify.rivals import RivalNames, collect_values
from kgpipe.verify.signals import ClaimEvidence, Statement, gather_evidence

# Of either class; with fewer there is nothing to hold out.
MIN_LABELS = 5


class FittedFuser:
    """Implements `Fuser` by a fitted model; `values` are (predicate, object) of all claims."""

    def __init__(
        self,
        model: FittedModel,
        embedder: Embedder,
        *,
        name: str,
        values: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.name = name
        self.needs_votes = bool(model.judges)
        self._model = model
        self._embedder = embedder
        self._rivals = collect_values(values)

    def fuse(self, retrieved: Retrieved, votes: Sequence[Vote]) -> Verdict | None:
        """The verdict of the model on the passages and the votes; None outside its regime.

        Nor does it judge a denial: it has learned how pages look that state a fact, and that they
        do not look so is no evidence of the contrary having been stated.
        """
        claim = retrieved.claim
        if claim.negated or not knows_predicate(claim.predicate, self._model):
            return None
        item = gather_question(retrieved, self._embedder, self._rivals)
        total = [sum_votes(votes)] if self.needs_votes else []
        [judged] = judge_evidence([item], self._model, embedder=self._embedder, votes=total)
        if not judged.calibrated:
            return None
        return fitted_verdict(claim.id, item, judged, votes=votes)


def refit(
    questions: Sequence[Retrieved],
    labels: Mapping[str, bool],
    *,
    embedder: Embedder,
    embedder_name: str,
    source: str = "",
    judges: Sequence[str] = (),
    verdicts: Mapping[str, Verdict] | None = None,
) -> FittedModel:
    """Fit on the claims that have a label; the others still teach what relations look like.

    Args:
        questions: claims with the passages found for them.
        labels: by claim id, whether it is true.
        embedder: for windows and predicates.
        embedder_name: its name, kept in the model.
        source: what the model's record shall say of the labels' origin.
        judges: whose votes the model shall weigh.
        verdicts: theirs, by claim id.

    Raises:
        KgpipeError: too few labels of claims at hand.
    """
    questions = [question for question in questions if not question.claim.negated]
    known = [at for at, question in enumerate(questions) if question.claim.id in labels]
    outcomes = np.array([float(labels[questions[at].claim.id]) for at in known])
    for wanted, name in ((1.0, "true"), (0.0, "false")):
        if int((outcomes == wanted).sum()) < MIN_LABELS:
            raise KgpipeError(
                f"Fitting needs at least {MIN_LABELS} claims labelled {name}; "
                f"there are {int((outcomes == wanted).sum())} with an id of these claims."
            )
    rivals = collect_values((q.claim.predicate, q.claim.object) for q in questions)
    voted = verdicts or {}
    return fit_model(
        [gather_question(question, embedder, rivals) for question in questions],
        outcomes,
        [question.claim.subject for question in questions],
        embedder=embedder,
        embedder_name=embedder_name,
        labelled=known,
        judges=judges,
        votes=[
            sum_votes(voted[q.claim.id].votes if q.claim.id in voted else ()) for q in questions
        ],
        record={
            "labels": len(known),
            "true": int(outcomes.sum()),
            "claims": len(questions),
            "source": source,
        },
    )


def gather_question(
    question: Retrieved, embedder: Embedder, rivals: Mapping[str, RivalNames]
) -> ClaimEvidence:
    """The evidence on a claim."""
    return gather_evidence(
        statement_of(question),
        pages_of_passages(question.passages),
        embedder=embedder,
        rivals=rivals,
    )


def statement_of(question: Retrieved) -> Statement:
    """The claim as a predictor sees it: its own names first, then what else its ends are called."""
    claim = question.claim
    subjects = (claim.subject, *question.aliases.get(claim.subject_id, ()))
    objects = (claim.object, *question.aliases.get(claim.object_id, ()))
    return Statement(tuple(dict.fromkeys(subjects)), claim.predicate, tuple(dict.fromkeys(objects)))


def sum_votes(votes: Sequence[Vote]) -> float:
    """The log-odds of independent votes together."""
    return float(sum(vote.log_odds for vote in votes))
