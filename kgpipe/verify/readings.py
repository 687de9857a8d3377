"""What the pages of each claim of a batch tell a fitted model, read once and kept."""

import base64
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.types import Claim, Record, Retrieved
from kgpipe.verify.fitted import FittedModel, extend_space, knows_predicate
from kgpipe.verify.pages import pages_of_passages
from kgpipe.verify.relation import (
    RELATION_SIGNALS,
    ZERO_SHOT_SIGNALS,
    WindowVectors,
    embed_predicates,
    learn_space,
    relation_signals,
)
from kgpipe.verify.rivals import RivalNames, collect_values
from kgpipe.verify.signals import (
    COUNT_SIGNALS,
    SIGNALS,
    ClaimEvidence,
    Quote,
    Statement,
    gather_evidence,
    signal_matrix,
)
from kgpipe.verify.standardise import MIN_CLAIMS, Scale, apply_scale, scales_of_predicates
from kgpipe.verify.translate import TRANSLATED, names_abroad

Floats = NDArray[np.float64]

# Windows quoted with a verdict.
_QUOTES = 3
# Digits kept of a signal.
_DIGITS = 6
_LEARNED = [SIGNALS.index(name) for name in RELATION_SIGNALS if name not in ZERO_SHOT_SIGNALS]


class Reading(Record):
    """The `SIGNALS` of one claim, the regime of its evidence, and its most telling windows.

    `pages` are independent ones, of so many `characters` together; `has_subject` says whether any
    of them surely is about the subject: what names only the object says nothing. A claim of a
    predicate that the batch itself teaches (`taught`) keeps its `windows` (half precision, base64)
    with their weights and pages, until its signals are measured `within_batch`.
    """

    claim_id: str
    predicate: str
    signals: tuple[float, ...]
    pages: int
    characters: int
    has_subject: bool
    quotes: tuple[Quote, ...] = ()
    taught: bool = False
    windows: str = ""
    weights: tuple[float, ...] = ()
    window_pages: tuple[int, ...] = ()
    within_batch: bool = False


class ClaimReader:
    """Reads the passages of claims for a fitted model.

    Args:
        model: fitted with the same embedder.
        embedder: for windows, and for predicates that the model does not know.
        values: (predicate, object) of all claims of the batch, of which each one's rivals are.
        taught: predicates whose windows are kept in the readings.
    """

    def __init__(
        self,
        model: FittedModel,
        embedder: Embedder,
        *,
        values: Sequence[tuple[str, str]] = (),
        taught: Collection[str] = (),
    ) -> None:
        self._model = model
        self._embedder = embedder
        self._rivals = collect_values(values)
        self._taught = frozenset(taught)

    def read(self, retrieved: Retrieved) -> Reading:
        """What the passages found for a claim tell."""
        item = gather_question(retrieved, self._embedder, self._rivals)
        return read_evidence(
            retrieved.claim.id, item, self._model,
            embedder=self._embedder, taught=item.predicate in self._taught,
        )  # fmt: skip


def read_claim(retrieved: Retrieved, *, reader: ClaimReader) -> Reading:
    """What the passages found for a claim tell, as a stage."""
    return reader.read(retrieved)


def read_evidence(
    claim_id: str,
    item: ClaimEvidence,
    model: FittedModel,
    *,
    embedder: Embedder,
    taught: bool = False,
) -> Reading:
    """The evidence on a claim as the model's signals.

    Nothing was learned of the windows of a relation that the model does not know: what they tell
    is left at the mean. If the batch shall teach it, they are kept.
    """
    space = extend_space(model.space, [item.predicate], embedder)
    [signals] = signal_matrix([item], space)
    if item.predicate not in model.space.predicates:
        signals[_LEARNED] = model.fusion.mean[_LEARNED]
    reading = Reading(
        claim_id=claim_id,
        predicate=item.predicate,
        signals=tuple(signals.round(_DIGITS).tolist()),
        pages=item.pages,
        characters=item.characters,
        has_subject=bool(item.counts[COUNT_SIGNALS.index("pages_subject")] > 0),
        quotes=item.quotes[:_QUOTES],
    )
    return _keep_windows(reading, item) if taught else reading


def unknown_predicates(model: FittedModel, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Predicates that the model does not know, and that there are claims enough of to learn from.

    Denials and repeated claims teach nothing.
    """
    if model.general is None:
        return ()
    facts = {(c.subject_id, c.predicate, c.object_id) for c in claims if not c.negated}
    counts = Counter(predicate for _, predicate, _ in facts)
    return tuple(
        name
        for name, count in sorted(counts.items())
        if count >= MIN_CLAIMS and not knows_predicate(name, model)
    )


def adapt_readings(
    readings: Sequence[Reading], model: FittedModel, *, embedder: Embedder
) -> list[Reading]:
    """Measure the signals of unknown predicates within the batch; no label is read.

    What their windows say is learned from all of them against the model's own sample.

    Args:
        readings: of a whole batch; those with windows are adapted.
        model: fitted with the same embedder.
        embedder: for the predicates' words.
    """
    taught = [reading for reading in readings if reading.taught]
    if not taught:
        return list(readings)
    names = sorted({reading.predicate for reading in taught} - set(model.space.predicates))
    predicates = (*model.space.predicates, *names)
    words = np.concatenate([model.space.words, embed_predicates(names, embedder)])
    numbers = {name: number for number, name in enumerate(predicates)}
    windows = [_unpack(reading, words.shape[1]) for reading in taught]
    owners = [numbers[reading.predicate] for reading in taught]
    space = learn_space(
        [*windows, *model.sample.as_claims()],
        [*owners, *(numbers[name] for name in model.sample.owners)],
        predicates,
        words,
    )
    signals = np.array([
        [*reading.signals[: len(COUNT_SIGNALS)], *relation_signals(own, owner, space)]
        for reading, own, owner in zip(taught, windows, owners, strict=True)
    ])  # fmt: skip
    scales = _scales(taught, signals, model)
    adapted = {
        reading.claim_id: reading.model_copy(update={
            "signals": tuple(apply_scale(row, scales[reading.predicate]).round(_DIGITS).tolist()),
            "within_batch": True, "taught": False, "windows": "", "weights": (),
            "window_pages": (),
        })
        for reading, row in zip(taught, signals, strict=True)
        # Fewer claims than were counted on may have been read.
        if reading.predicate in scales
    }  # fmt: skip
    return [adapted.get(reading.claim_id, reading) for reading in readings]


def _scales(taught: Sequence[Reading], signals: Floats, model: FittedModel) -> dict[str, Scale]:
    """The scale of each predicate that has claims enough with evidence.

    Claims that are nearly all true, or all false, differ by chance: no scale is narrower than those
    of the fit usually are.
    """
    told = Counter(reading.predicate for reading in taught if reading.has_subject)
    measured = scales_of_predicates([reading.predicate for reading in taught], signals)
    return {
        name: scale._replace(spread=np.maximum(scale.spread, model.spread))
        for name, scale in measured.items()
        if told[name] >= MIN_CLAIMS
    }


def _keep_windows(reading: Reading, item: ClaimEvidence) -> Reading:
    packed = base64.b64encode(item.windows.vectors.astype(np.float16).tobytes())
    return reading.model_copy(
        update={
            "taught": True,
            "windows": packed.decode("ascii"),
            "weights": tuple(item.windows.weights.round(_DIGITS).tolist()),
            "window_pages": tuple(item.windows.pages.tolist()),
        }
    )


def _unpack(reading: Reading, dimensions: int) -> WindowVectors:
    vectors = np.frombuffer(base64.b64decode(reading.windows), dtype=np.float16)
    return WindowVectors(
        vectors.reshape(-1, dimensions).astype(np.float64),
        np.array(reading.weights, dtype=np.float64),
        np.array(reading.window_pages, dtype=np.int64),
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
    """The claim as a predictor sees it: its own names first, then what else its ends are called.

    Among these are, where Spanish or Portuguese passages were found, the names of the term table.
    """
    claim = question.claim
    languages = sorted({passage.language for passage in question.passages} & set(TRANSLATED))

    def names(name: str, entity_id: str) -> tuple[str, ...]:
        abroad = [other for language in languages for other in names_abroad(name, language)]
        return tuple(dict.fromkeys((name, *question.aliases.get(entity_id, ()), *abroad)))

    return Statement(
        names(claim.subject, claim.subject_id),
        claim.predicate,
        names(claim.object, claim.object_id),
    )
