"""Fits the verifier to a user's own claims, labels and evidence, and judges by what was fitted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.types import Retrieved, Verdict, Vote
from kgpipe.verify.fitted import FittedModel, fit_model, knows_predicate
from kgpipe.verify.fitted_verdict import fitted_verdict, judge_reading
from kgpipe.verify.fusion import OWN_LABELS
from kgpipe.verify.graph_evidence import score_claims
from kgpipe.verify.readings import ClaimReader, Reading, gather_question
from kgpipe.verify.reliability import add_votes
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.trusted import read_trusted, trusted_digest, with_ids

# Of either class; with fewer there is nothing to hold out.
MIN_LABELS = 5
# What a model's record says of the trusted triples that it was fitted with.
TRUSTED = "trusted_triples"


class FittedFuser:
    """Implements `Fuser` by a fitted model.

    Args:
        model: the model.
        make_reader: makes what reads claims that no reading is given of, as those whose pages the
            web gave; it is called when one is met, for an embedder takes a while to load.
        name: enters fingerprints; it must change with all that follows.
        readings: of a batch's claims, by id.
        graph: graph scores of these, by id; a model that has columns for them needs them.
    """

    def __init__(
        self,
        model: FittedModel,
        make_reader: Callable[[], ClaimReader],
        *,
        name: str,
        readings: Mapping[str, Reading] | None = None,
        graph: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> None:
        self.name = name
        self._model = model
        self._make_reader = make_reader
        self._reader: ClaimReader | None = None
        self._readings = readings or {}
        self._graph = graph or {}

    def needs_votes(self, retrieved: Retrieved) -> bool:
        """Whether the model weighs votes, or they shall check what it says within a batch."""
        reading = self._readings.get(retrieved.claim.id)
        return bool(self._model.judges) or (reading is not None and reading.within_batch)

    def fuse(self, retrieved: Retrieved, votes: Sequence[Vote]) -> Verdict | None:
        """The verdict of the model on the passages and the votes; None outside its regime.

        Nor does it judge a denial: it has learned how pages look that state a fact, and that they
        do not look so is no evidence of the contrary having been stated. What judges found where
        the model sees no evidence is left to them. Within a batch, whose share of true claims is
        unknown, a verdict that goes against the votes is none.
        """
        if retrieved.claim.negated:
            return None
        reading = self._readings.get(retrieved.claim.id)
        if reading is None:
            if not knows_predicate(retrieved.claim.predicate, self._model):
                return None
            self._reader = self._reader or self._make_reader()
            reading = self._reader.read(retrieved)
        total = add_votes(votes, self._model.sources)
        judged = judge_reading(
            reading, self._model, votes=total, graph=self._graph.get(retrieved.claim.id)
        )
        if not judged.known or (total and not reading.has_subject):
            return None
        if reading.within_batch and total * (judged.probability - 0.5) < 0:
            return None
        return fitted_verdict(reading, judged, votes=votes)


def refit(
    questions: Sequence[Retrieved],
    labels: Mapping[str, bool],
    *,
    embedder: Embedder,
    embedder_name: str,
    source: str = "",
    judges: Sequence[str] = (),
    verdicts: Mapping[str, Verdict] | None = None,
    trusted: Sequence[Path] = (),
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
        trusted: CSVs of triples that are known from elsewhere.

    Raises:
        UsageError: trusted triples cannot be read.
        KgpipeError: too few labels of claims at hand.
    """
    known_triples = with_ids(read_trusted(trusted), questions)
    graph = score_claims([question.claim for question in questions], trusted=known_triples)
    kept = [at for at, question in enumerate(questions) if not question.claim.negated]
    questions = [questions[at] for at in kept]
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
    model = fit_model(
        [gather_question(question, embedder, rivals) for question in questions],
        outcomes,
        [question.claim.subject for question in questions],
        embedder=embedder,
        embedder_name=embedder_name,
        labelled=known,
        judges=judges,
        votes=[voted[q.claim.id].votes if q.claim.id in voted else () for q in questions],
        graph=graph[kept],
        record={
            "labels": len(known),
            "true": int(outcomes.sum()),
            "claims": len(questions),
            "source": source,
            TRUSTED: trusted_digest(trusted),
        },
    )
    if not (model.fusion.predicates or model.regime.any_predicate):
        raise KgpipeError(
            f"{len(known)} labels fit no model that could judge anything: it takes {OWN_LABELS} of "
            f"one predicate, or {OWN_LABELS} of several rarer ones together."
        )
    return model
