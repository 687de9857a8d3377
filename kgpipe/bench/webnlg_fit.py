"""Fits the weights of the schema extractor on the development lines of EDC-WebNLG.

    python -m kgpipe.bench.webnlg_fit DATA data/extract/schema_weights.json [--folds 4]

Two logistic regressions with L2 penalty, see `backends.schema_model`. Only lines 1 to 400 are read.
With `--folds` the texts are split, each part is scored by weights fitted on the others, and nothing
is written; `--held-out-relations` also hides a fold's relations from its fit, which tells how the
weights do on relations that they have never seen.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.schema_extractor import SchemaExtractor
from kgpipe.backends.schema_model import Model, choose_statements, make_model
from kgpipe.backends.schema_objects import OBJECT_FEATURES
from kgpipe.backends.schema_subjects import SUBJECT_FEATURES, subject_features
from kgpipe.backends.schema_text import Text
from kgpipe.bench.webnlg import DEV_LINES, read_texts, written_value
from kgpipe.bench.webnlg_score import TextTriple, align_triples, words_of
from kgpipe.extract.schema_files import read_schema_file

Floats = NDArray[np.float64]

# Share of the wrong (mention, relation) pairs that are fitted on; the bias is corrected for it.
_NEGATIVES = 0.15
# L2 penalty 1/C, by cross-validation on the development lines among .03, .3 and 3.
_INVERSE_PENALTY = 0.3
# Best partial F1 of cross-validation among .05 to .3.
ACCEPT, ACCEPT_MORE = 0.12, 0.9
# A mention is a gold value if words overlap at least so much (Dice).
_SAME = 0.4


@dataclass(frozen=True)
class Example:
    """A development text with the features of its mentions and its gold triples."""

    text: Text
    features: Floats
    gold: list[TextTriple]


def main(arguments: Sequence[str]) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description="Fit the schema extractor's weights.")
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--held-out-relations", action="store_true")
    options = parser.parse_args(arguments)
    schema = read_schema_file(options.data / "schema.csv")
    extractor = SchemaExtractor(
        schema, MiniLmEmbedder(), embedder_name=MINILM_NAME, model=make_model({}, {}, 0.0, 1, 1)
    )
    texts, gold = read_texts(options.data)
    examples = []
    for text, triples in list(zip(texts, gold, strict=True))[:DEV_LINES]:
        read = extractor.read_text(text)
        examples.append(Example(read, extractor.table.object_features(read), triples))
    if options.folds:
        figures = cross_validate(
            examples, extractor, options.folds, hide=options.held_out_relations
        )
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    weights = fit_weights(examples, extractor)
    options.target.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def fit_weights(
    examples: Sequence[Example], extractor: SchemaExtractor, *, hidden: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """Weights by feature name, for `schema_model.load_model`; `hidden` relations are left out."""
    profiles = extractor.table.profiles
    shown = np.array([number not in hidden for number in range(len(profiles))])
    # A fixed draw, so that a refit gives the same weights.
    draw = np.random.default_rng(0)
    rows: list[Floats] = []
    answers: list[Floats] = []
    subject_rows: list[Floats] = []
    subject_answers: list[Floats] = []
    for example in examples:
        if not example.text.mentions:
            continue
        right = _gold_objects(example, extractor)
        kept = ((draw.random(right.shape) < _NEGATIVES) | (right > 0)) & shown
        rows.append(example.features[kept])
        answers.append(right[kept])
        for mention, relation, entity in _gold_subjects(example, extractor, right):
            if relation in hidden:
                continue
            features = subject_features(example.text, mention, relation, extractor.table)
            own = example.text.mentions[mention].entity
            others = [i for i, e in enumerate(example.text.entities) if e != own]
            subject_rows.append(features[others])
            subject_answers.append(
                np.array([float(example.text.entities[i] == entity) for i in others])
            )
    weights, bias = _fit(np.concatenate(rows), np.concatenate(answers))
    subject_weights, _ = _fit(np.concatenate(subject_rows), np.concatenate(subject_answers))
    return {
        "object": _named(OBJECT_FEATURES, weights),
        "subject": _named(SUBJECT_FEATURES, subject_weights),
        "bias": round(bias + float(np.log(_NEGATIVES)), 4),
        "accept": ACCEPT,
        "accept_more": ACCEPT_MORE,
    }


def cross_validate(
    examples: Sequence[Example], extractor: SchemaExtractor, folds: int, *, hide: bool = False
) -> dict[str, float]:
    """Partial F1 by text of each fold under the weights of the others, and accuracy of relations.

    With `hide` a fold's relations (every `folds`-th) are unseen, and only their triples count
    towards `relation_accuracy`: the share of gold objects whose best relation is right.
    """
    scores: list[float] = []
    hits: list[float] = []
    relations = len(extractor.table)
    for fold in range(folds):
        unseen = frozenset(range(fold, relations, folds)) if hide else frozenset[int]()
        fitted = [example for i, example in enumerate(examples) if i % folds != fold]
        model = model_of(fit_weights(fitted, extractor, hidden=unseen))
        for example in examples[fold::folds]:
            system = predict(example, extractor, model)
            scores.append(align_triples(system, example.gold).mean("partial").f1)
            if example.text.mentions:
                best = model.object_probabilities(example.features).argmax(axis=1)
                right = _gold_objects(example, extractor)
                for mention, row in enumerate(right):
                    counted = [r for r in np.flatnonzero(row) if not hide or int(r) in unseen]
                    if counted:
                        hits.append(float(best[mention] in counted))
    return {
        "partial_f1": round(float(np.mean(scores)), 4),
        "relation_accuracy": round(float(np.mean(hits)), 4),
    }


def model_of(weights: dict[str, Any]) -> Model:
    """The model of freshly fitted weights."""
    return make_model(
        weights["object"], weights["subject"], weights["bias"], weights["accept"],
        weights["accept_more"],
    )  # fmt: skip


def predict(example: Example, extractor: SchemaExtractor, model: Model) -> list[TextTriple]:
    """The triples of a text as the benchmark writes them."""
    text, profiles = example.text, extractor.table.profiles
    triples = []
    for statement in choose_statements(text, example.features, table=extractor.table, model=model):
        relation = profiles[statement.relation].relation
        target = text.mentions[statement.mention]
        value = written_value(text.names.get(target.entity, target.text), relation.definition)
        triples.append((text.names[statement.subject], relation.name, value))
    return triples


def _gold_objects(example: Example, extractor: SchemaExtractor) -> Floats:
    """1 where a mention is, among all, most like the gold object of a relation; (mentions, R)."""
    right = np.zeros((len(example.text.mentions), len(extractor.table)))
    for _, relation, value in example.gold:
        number = _number(relation, extractor)
        likeness = [_likeness(mention.text, value) for mention in example.text.mentions]
        best = max(likeness, default=0.0)
        for mention, alike in enumerate(likeness):
            if alike == best >= _SAME:
                right[mention, number] = 1.0
    return right


def _gold_subjects(
    example: Example, extractor: SchemaExtractor, right: Floats
) -> list[tuple[int, int, int]]:
    """(mention, relation, entity of its gold subject)."""
    found = []
    entities = example.text.entities
    for subject, relation, value in example.gold:
        number = _number(relation, extractor)
        likeness = [_likeness(example.text.names[entity], subject) for entity in entities]
        if not likeness or max(likeness) < _SAME:
            continue
        entity = entities[likeness.index(max(likeness))]
        for mention in np.flatnonzero(right[:, number]).tolist():
            target = example.text.mentions[mention]
            if target.entity != entity and _likeness(target.text, value) >= _SAME:
                found.append((mention, number, entity))
    return found


def _number(relation: str, extractor: SchemaExtractor) -> int:
    names = [profile.relation.name for profile in extractor.table.profiles]
    return names.index(relation)


def _likeness(text: str, value: str) -> float:
    """Dice coefficient of the words; dates and numbers in one form."""
    ours, theirs = _compared(written_value(text, "")), _compared(value)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours and theirs else 0.0


def _compared(text: str) -> set[str]:
    plain = re.sub(r"[_ ]\(.*", "", text)
    words = set(words_of(plain)) - {"the", "of", "and"}
    return {word.removesuffix(".0") for word in words}


def _fit(rows: Floats, answers: Floats) -> tuple[Floats, float]:
    """Weights over raw features and bias of a logistic regression on standardised ones."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1.0
    fitted = LogisticRegression(C=_INVERSE_PENALTY, max_iter=500)
    fitted.fit((rows - mean) / scale, answers)
    weights: Floats = fitted.coef_[0] / scale
    return weights, float(fitted.intercept_[0] - (weights * mean).sum())


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    rounded = [round(float(weight), 4) for weight in weights]
    return {name: weight for name, weight in zip(names, rounded, strict=True) if weight}


if __name__ == "__main__":
    main(sys.argv[1:])
