"""What a person needs to judge a merge: how alike the names are, and what speaks against it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz import fuzz

from kgpipe.dedupe.grey import JUDGED
from kgpipe.dedupe.nodes import main_kinds
from kgpipe.dedupe.normalise import content_words, form_of
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.ports import Embedder
from kgpipe.types import Kind, Merge, Triple

# What a veto's code means to a person; the other codes are told with the words that they are about.
_VETOES = {
    "number": "other numbers",
    "value": "values that are written differently",
    "negation": "one is a denial",
    "direction": "other directions",
    "order": "other order of words",
}
# Reasons of merges whose score is the cosine.
_BY_COSINE = ("similar", JUDGED)
# More would say nothing, and a name may be a text.
_WORDS_SHOWN = 8
# Below the last digit, sums of products differ with their order.
_DECIMALS = 4


def describe_merges(
    merges: Sequence[Merge],
    *,
    triples: Iterable[Triple],
    listed: frozenset[str],
    embedder: Embedder,
) -> list[Merge]:
    """Add to each merge scores, counter-evidence, and for either name its mentions and a triple.

    Args:
        merges: of one resolution.
        triples: of the whole corpus, each once.
        listed: keys of the names that an alias table holds as names of their own.
        embedder: embeds the names of merges that were not made by form or by cosine.
    """
    shown = {name for merge in merges for name in (merge.left, merge.right)}
    mentions: Counter[tuple[str, Kind]] = Counter()
    stated: defaultdict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        for name, kind in (
            (triple.subject, triple.subject_kind), (triple.object, triple.object_kind),
        ):  # fmt: skip
            if name in shown:
                mentions[name, kind] += 1
                stated[name].append(triple)
    kinds = main_kinds({name: name for name in shown}, mentions)
    cosines = _compare(merges, embedder)
    described = []
    for merge in merges:
        sides = [
            Candidate(form_of(name), kinds[name], form_of(name).key in listed)
            for name in (merge.left, merge.right)
        ]
        left, right = stated[merge.left], stated[merge.right]
        apart = merge.reason != "same_normalised_form" and {t.document_id for t in left}.isdisjoint(
            t.document_id for t in right
        )
        described.append(
            merge.model_copy(
                update={
                    "cosine": cosines.get(merge.id),
                    "string_similarity": _string_similarity(*sides),
                    "against": (
                        *_doubts(*sides),
                        *(["one in capitals"] if _shouts(merge.left, merge.right) else []),
                        *(["no document names both"] if apart else []),
                    ),
                    "left_mentions": len(left),
                    "right_mentions": len(right),
                    "left_triple": _example(left),
                    "right_triple": _example(right),
                }
            )
        )
    return described


def _compare(merges: Sequence[Merge], embedder: Embedder) -> dict[str, float]:
    """Cosines by merge id. Names of one form would be compared with themselves: they have none."""
    cosines = {merge.id: merge.score for merge in merges if merge.reason in _BY_COSINE}
    asked = [m for m in merges if m.reason not in (*_BY_COSINE, "same_normalised_form")]
    if not asked:
        return cosines
    texts = sorted({form_of(name).text for m in asked for name in (m.left, m.right)})
    rows = {text: row for row, text in enumerate(texts)}
    vectors = embedder.embed(texts)
    for merge in asked:
        left, right = (vectors[rows[form_of(name).text]] for name in (merge.left, merge.right))
        cosines[merge.id] = round(float(np.dot(left, right)), _DECIMALS)
    return cosines


def _string_similarity(left: Candidate, right: Candidate) -> float:
    return round(fuzz.ratio(left.form.text, right.form.text) / 100, _DECIMALS)


def _doubts(left: Candidate, right: Candidate) -> list[str]:
    veto = find_veto(left, right)
    doubts = []
    if veto == "kind":
        doubts.append(f"other kinds: {left.kind}, {right.kind}")
        veto = find_veto(left._replace(kind=""), right._replace(kind=""))
    if veto == "listed_apart":
        doubts.append("both listed in a table")
    if veto in _VETOES:
        doubts.append(_VETOES[veto])
    words = [content_words(side.form.words) for side in (left, right)]
    for side, ours, theirs in (("left", *words), ("right", *words[::-1])):
        own = list(dict.fromkeys(word for word in ours if word not in theirs))
        if own and left.form.key != right.form.key:
            doubts.append(f"only {side}: {' '.join(own[:_WORDS_SHOWN])}")
    return doubts


def _shouts(left: str, right: str) -> bool:
    """Whether one is a word in capitals that the other is not: GOLD may be a programme."""
    return left.casefold() == right.casefold() and left.isupper() != right.isupper()


def _example(triples: Sequence[Triple]) -> str:
    """The first triple with a quote, else the first."""
    return min(((one.evidence is None, one.id) for one in triples), default=(True, ""))[1]
