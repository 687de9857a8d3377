"""What the relations of a corpus are called: by the schema's words where it knows them.

Open extraction says one relation in many words. A wording that the schema lists becomes the
relation's label where the kinds of the triple's ends fit it; other wordings that mean the same
are joined (`text.relations`). A relation never meets its inverse, and nothing is dropped.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from kgpipe.ports import Embedder
from kgpipe.schema import Schema
from kgpipe.text.predicates import canonical_predicate
from kgpipe.text.relations import define_relation, match_wording, may_be_one
from kgpipe.types import Triple


def name_relations(
    triples: Sequence[Triple], *, schema: Schema | None, embedder: Embedder, threshold: float
) -> dict[str, str]:
    """Triple id -> the name of its relation; the order of the triples does not matter.

    Args:
        triples: of the whole corpus, each once.
        schema: its relations are called by their labels.
        embedder: embeds a definition of each wording that the schema does not know.
        threshold: see `fold_relations`; with 1 only the schema joins wordings.
    """
    named: dict[str, str] = {}
    subjects: defaultdict[str, list[str]] = defaultdict(list)
    objects: defaultdict[str, list[str]] = defaultdict(list)
    open_wordings: dict[str, str] = {}
    for triple in sorted(triples, key=lambda triple: triple.id):
        label = _schema_label(triple, schema)
        if label:
            named[triple.id] = label
            continue
        wording = canonical_predicate(triple.predicate)
        open_wordings[triple.id] = wording
        subjects[wording].append(triple.subject_kind)
        objects[wording].append(triple.object_kind)
    definitions = {
        wording: define_relation(
            wording, subject_kinds=subjects[wording], object_kinds=objects[wording]
        )
        for wording in subjects
    }
    folded = (
        fold_relations(
            definitions, weights=Counter(open_wordings.values()), embedder=embedder,
            threshold=threshold,
        )
        if threshold < 1
        else {}
    )  # fmt: skip
    return named | {key: folded.get(word, word) for key, word in open_wordings.items()}


def fold_relations(
    definitions: Mapping[str, str],
    *,
    weights: Mapping[str, int],
    embedder: Embedder,
    threshold: float,
) -> dict[str, str]:
    """Canonical wording -> the wording it is called by.

    The heaviest wordings come first; each later one joins the nearest before it whose definition
    is at least `threshold` near (cosine) and that no veto separates it from. Only a group's first
    wording is compared, so groups do not grow by chains.

    Args:
        definitions: a sentence for each canonical wording, to be embedded.
        weights: how often each is said.
        embedder: for the definitions.
        threshold: cosine between 0 and 1.
    """
    order = sorted(definitions, key=lambda wording: (-weights.get(wording, 0), wording))
    if not order:
        return {}
    vectors = embedder.embed([definitions[wording] for wording in order])
    # Rounded, so that the last digits of an embedding decide nothing.
    cosines = (vectors @ vectors.T).round(4)
    heads: list[int] = []
    folded: dict[str, str] = {}
    for row, wording in enumerate(order):
        near = [h for h in heads if cosines[row, h] >= threshold and may_be_one(wording, order[h])]
        head = max(near, key=lambda h: (cosines[row, h], -h), default=row)
        if head == row:
            heads.append(row)
        folded[wording] = order[head]
    return folded


def _schema_label(triple: Triple, schema: Schema | None) -> str:
    """The label of the schema's relation that a triple states; "" without one that fits."""
    relation = match_wording(triple.predicate, schema) if schema else None
    if relation is None or schema is None:
        return ""
    fault = schema.fault(
        relation.name, subject_kind=triple.subject_kind, object_kind=triple.object_kind
    )
    return "" if fault else canonical_predicate(relation.label or relation.name)
