"""A fitted model on its way into the stages: what reads claims for it, and what joins votes by it.

The model is read again in each process that needs it; batches are known by digests, so that what
was stored is found again as long as nothing changed that it rests on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgpipe.ids import content_digest, content_id
from kgpipe.ports import Embedder, Fuser, Port
from kgpipe.types import Claim, Retrieved
from kgpipe.verify.fitted import FittedModel, knows_predicate
from kgpipe.verify.graph_evidence import score_claims
from kgpipe.verify.model_file import read_model
from kgpipe.verify.queries import is_verifiable
from kgpipe.verify.readings import (
    ClaimReader,
    Reading,
    adapt_readings,
    read_claim,
    unknown_predicates,
)
from kgpipe.verify.refit import FittedFuser
from kgpipe.verify.trusted import read_trusted, with_ids

Floats = NDArray[np.float64]
# (predicate, object) of a claim.
Value = tuple[str, str]


@dataclass(frozen=True)
class FittedPorts:
    """The file of a fitted model, the embedder and the trusted triples that it was fitted with."""

    path: Path
    embedder: Port[Embedder]
    trusted: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Changes with the model and the embedder."""
        return f"fitted:{content_digest(self.path.read_bytes())[:12]}:{self.embedder.name}"

    def wire_fuser(
        self, retrieved: Sequence[Retrieved], *, gather: Callable[..., list[Reading]] | None
    ) -> Port[Fuser]:
        """Joins votes on the claims of a batch.

        Args:
            retrieved: the claims of the batch with their passages.
            gather: maps `read_claim` over claims and keeps the results; None to read each claim
                when it is judged, with no other claim to measure it against.
        """
        model = read_model(self.path)
        claims = [question.claim for question in retrieved]
        reader = self.wire_reader(claims)
        readings: list[Reading] = []
        if gather:
            readable = _readable(claims, model)
            asked = [question for question in retrieved if question.claim.id in readable]
            readings = gather(read_claim, asked, returns=Reading, reader=reader)
        if any(reading.taught for reading in readings):
            readings = adapt_readings(readings, model, embedder=self.embedder.make())
        graph = self._score(retrieved) if model.graph else {}
        measured = [r.model_dump(mode="json") for r in readings if r.within_batch]
        digest = content_id("batch", measured, {key: row.tolist() for key, row in graph.items()})
        name = f"{reader.name}:{digest}"
        kept = {reading.claim_id: reading for reading in readings}
        return Port(name, partial(_fuser, name, self.path, reader, kept, graph))

    def wire_reader(self, claims: Sequence[Claim]) -> Port[ClaimReader]:
        """Reads each claim of a batch among the others."""
        values = sorted({(claim.predicate, claim.object) for claim in claims})
        taught = _taught(claims, read_model(self.path))
        name = f"{self.name}:{content_id('values', values, taught)}"
        return Port(name, partial(_reader, self.path, self.embedder, values, taught))

    def _score(self, retrieved: Sequence[Retrieved]) -> dict[str, Floats]:
        claims = [question.claim for question in retrieved]
        known = with_ids(read_trusted(self.trusted), retrieved)
        scores = score_claims(claims, trusted=known)
        return {claim.id: row for claim, row in zip(claims, scores, strict=True)}


def _taught(claims: Sequence[Claim], model: FittedModel) -> tuple[str, ...]:
    return unknown_predicates(model, claims)


def _readable(claims: Sequence[Claim], model: FittedModel) -> frozenset[str]:
    """The ids of the claims that the model can speak of."""
    taught = _taught(claims, model)
    return frozenset(
        claim.id
        for claim in claims
        if not claim.negated
        and is_verifiable(claim)
        and (claim.predicate in taught or knows_predicate(claim.predicate, model))
    )


def _reader(
    path: Path, embedder: Port[Embedder], values: Sequence[Value], taught: Sequence[str]
) -> ClaimReader:
    return ClaimReader(read_model(path), embedder.make(), values=values, taught=taught)


def _fuser(
    name: str,
    path: Path,
    reader: Port[ClaimReader],
    readings: Mapping[str, Reading],
    graph: Mapping[str, Floats],
) -> FittedFuser:
    return FittedFuser(read_model(path), reader.make, name=name, readings=readings, graph=graph)
