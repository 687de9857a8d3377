"""Which relations a text states: two logistic regressions over the features, and the choice.

The first gives each (mention, relation) the probability that the mention is an object of the
relation; the second ranks the things of the text as its subject. The weights are fitted by
`python -m kgpipe.bench.webnlg_fit` and stand in `data/extract/schema_weights.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kgpipe.assets import asset_path
from kgpipe.backends.schema_objects import OBJECT_FEATURES, RelationTable
from kgpipe.backends.schema_subjects import SUBJECT_FEATURES, subject_features

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kgpipe.backends.schema_text import Text

    Floats = NDArray[np.float64]

WEIGHTS = "data/extract/schema_weights.json"
# One mention may be the object of several relations ("born and died in Israel"), seldom of more.
_RELATIONS_PER_MENTION = 2
# Relations with values of these forms have one value a subject.
_SINGLE = frozenset({"date", "year", "number", "code"})


@dataclass(frozen=True)
class Model:
    """Weights over raw features, and the probabilities from which a statement is accepted.

    `accept` holds for the best relation of a mention, `accept_more` for a further one.
    """

    object_weights: Floats
    object_bias: float
    subject_weights: Floats
    accept: float
    accept_more: float

    def object_probabilities(self, features: Floats) -> Floats:
        """P(mention is an object of the relation); shape (mentions, R)."""
        logits = features @ self.object_weights + self.object_bias
        probabilities: Floats = 1.0 / (1.0 + np.exp(-logits))
        return probabilities

    def subject_scores(self, features: Floats) -> Floats:
        """Log-odds, up to a constant, of each thing being the subject; shape (S,)."""
        scores: Floats = features @ self.subject_weights
        return scores


@dataclass(frozen=True)
class Statement:
    """Entity number, relation number and mention number of a text, with their probability."""

    subject: int
    relation: int
    mention: int
    probability: float


def load_model(path: Path | None = None) -> Model:
    """Read the weights; features that the file does not name weigh 0."""
    table = json.loads((path or asset_path(WEIGHTS)).read_text(encoding="utf-8"))
    return make_model(table["object"], table["subject"], table["bias"], table["accept"],
                      table["accept_more"])  # fmt: skip


def make_model(
    by_object: Mapping[str, float],
    by_subject: Mapping[str, float],
    bias: float,
    accept: float,
    accept_more: float,
) -> Model:
    """A model from weights by feature name."""
    return Model(
        np.array([by_object.get(name, 0.0) for name in OBJECT_FEATURES]), bias,
        np.array([by_subject.get(name, 0.0) for name in SUBJECT_FEATURES]), accept, accept_more,
    )  # fmt: skip


def choose_statements(
    text: Text,
    features: Floats,
    *,
    table: RelationTable,
    model: Model,
    allowed: NDArray[np.bool_] | None = None,
) -> list[Statement]:
    """The statements of a text, the most probable first.

    Args:
        text: parsed, with its mentions.
        features: `table.object_features(text)`.
        table: the schema's relations.
        model: weights and thresholds.
        allowed: (mentions, R); False where the form of the object rules the relation out.
    """
    if not text.mentions or not len(table) or not text.entities:
        return []
    probabilities = model.object_probabilities(features)
    if allowed is not None:
        probabilities = np.where(allowed, probabilities, 0.0)
    # Rounded, so that the last digits of an embedding decide nothing.
    found = list(_candidates(text, table, model, np.round(probabilities, 4)))
    found.sort(key=lambda s: (-s.probability, s.mention, s.relation))
    return _consistent(text, table, found)


def _candidates(
    text: Text, table: RelationTable, model: Model, probabilities: Floats
) -> Iterator[Statement]:
    for index, row in enumerate(probabilities):
        best = np.argsort(-row, kind="stable")[:_RELATIONS_PER_MENTION].tolist()
        for rank, relation in enumerate(best):
            if row[relation] < (model.accept_more if rank else model.accept):
                break
            subject = _best_subject(text, index, relation, table, model)
            if subject is not None:
                yield Statement(subject, relation, index, float(row[relation]))


def _best_subject(
    text: Text, index: int, relation: int, table: RelationTable, model: Model
) -> int | None:
    scores = np.round(model.subject_scores(subject_features(text, index, relation, table)), 4)
    own = text.mentions[index].entity
    others = [row for row, entity in enumerate(text.entities) if entity != own]
    return text.entities[max(others, key=lambda row: scores[row])] if others else None


def _consistent(text: Text, table: RelationTable, found: Sequence[Statement]) -> list[Statement]:
    """Without repetitions, and with one value a subject for relations that have one."""
    kept: list[Statement] = []
    said: set[tuple[int, int, str]] = set()
    for statement in found:
        single = table.profiles[statement.relation].expected in _SINGLE
        value = "" if single else text.mentions[statement.mention].text.casefold()
        key = (statement.subject, statement.relation, value)
        if key not in said:
            said.add(key)
            kept.append(statement)
    return kept
