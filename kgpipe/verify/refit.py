"""Fits the verifier to a user's own claims, labels and evidence, and judges by what was fitted."""

from collections.abc import Mapping, Sequence

import numpy as np

from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.types import Retrieved, Verdict
from kgpipe.verify.fitted import FittedModel, fit_model, fitted_verdict, judge_evidence
from kgpipe.verify.pages import pages_of_passages
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.signals import ClaimEvidence, Statement, gather_evidence

# Of either class; with fewer there is nothing to hold out.
MIN_LABELS = 5


def refit(
    questions: Sequence[Retrieved],
    labels: Mapping[str, bool],
    *,
    embedder: Embedder,
    embedder_name: str,
    source: str = "",
) -> FittedModel:
    """Fit on the claims that have a label; the others still teach what relations look like.

    Args:
        questions: claims with the passages found for them.
        labels: by claim id, whether it is true.
        embedder: for windows and predicates.
        embedder_name: its name, kept in the model.
        source: what the model's record shall say of the labels' origin.

    Raises:
        KgpipeError: too few labels of claims at hand.
    """
    known = [at for at, question in enumerate(questions) if question.claim.id in labels]
    outcomes = np.array([float(labels[questions[at].claim.id]) for at in known])
    for wanted, name in ((1.0, "true"), (0.0, "false")):
        if int((outcomes == wanted).sum()) < MIN_LABELS:
            raise KgpipeError(
                f"Fitting needs at least {MIN_LABELS} claims labelled {name}; "
                f"there are {int((outcomes == wanted).sum())} with an id of these claims."
            )
    return fit_model(
        gather_questions(questions, embedder),
        outcomes,
        [question.claim.subject for question in questions],
        embedder=embedder,
        embedder_name=embedder_name,
        labelled=known,
        record={
            "labels": len(known),
            "true": int(outcomes.sum()),
            "claims": len(questions),
            "source": source,
        },
    )


def fitted_verdicts(
    questions: Sequence[Retrieved], model: FittedModel, *, embedder: Embedder
) -> list[Verdict]:
    """The verdict on each claim; the embedder must be the model's (see `FittedModel.embedder`)."""
    evidence = gather_questions(questions, embedder)
    judged = judge_evidence(evidence, model, embedder=embedder)
    return [
        fitted_verdict(question.claim.id, item, result)
        for question, item, result in zip(questions, evidence, judged, strict=True)
    ]


def gather_questions(questions: Sequence[Retrieved], embedder: Embedder) -> list[ClaimEvidence]:
    """The evidence on each claim; the values of the others are its rivals."""
    rivals = collect_values((q.claim.predicate, q.claim.object) for q in questions)
    return [
        gather_evidence(
            statement_of(question),
            pages_of_passages(question.passages),
            embedder=embedder,
            rivals=rivals,
        )
        for question in questions
    ]


def statement_of(question: Retrieved) -> Statement:
    """The claim as a predictor sees it: its own names first, then what else its ends are called."""
    claim = question.claim
    subjects = (claim.subject, *question.aliases.get(claim.subject_id, ()))
    objects = (claim.object, *question.aliases.get(claim.object_id, ()))
    return Statement(tuple(dict.fromkeys(subjects)), claim.predicate, tuple(dict.fromkeys(objects)))
