"""How WebNLG-2020 scores triples: partial, strict and exact F1 of aligned triples.

Castro Ferreira et al. 2020, "The 2020 Bilingual, Bi-Directional WebNLG+ Shared Task", section 5.2
(text to triples), as its public evaluation script does it: the three parts of a system triple are
laid over those of a gold triple as word spans, `nervaluate` scores the spans, system and gold
triples are aligned one to one for the best total, and a triple without a partner scores 0.

Two departures, neither to a system's advantage: subject and object are compared crosswise where
neither has a word in common, as in the script, but the predicate then keeps its own score; and
the alignment is solved exactly (Hungarian method) instead of by listing all permutations.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from nervaluate import Evaluator
from scipy.optimize import linear_sum_assignment

TextTriple = tuple[str, str, str]
MEASURES = ("partial", "strict", "exact")
_PARTS = ("SUB", "PRED", "OBJ")
_ALIGNED_BY = ("ent_type", "partial", "strict", "exact")
# As NLTK's word tokeniser: signs inside a word or number stay, those around it and "'s" are apart.
_WORD = re.compile(r"-?\w(?:[^\s;()\[\]\"]*?\w)??(?='s\b|[^\w\s]*(?:\s|$|[;()\[\]\"]))|'s\b")


class TripleScore(NamedTuple):
    """Precision, recall and F1 of one aligned pair of triples under one measure."""

    precision: float
    recall: float
    f1: float


NO_SCORE = dict.fromkeys(MEASURES, TripleScore(0.0, 0.0, 0.0))


class Alignment(NamedTuple):
    """Pairs (system index, gold index, scores by measure); an index is None without a partner."""

    pairs: tuple[tuple[int | None, int | None, dict[str, TripleScore]], ...]

    def mean(self, measure: str) -> TripleScore:
        """The mean over all pairs, unpaired triples counting 0; 0 for a text without triples."""
        scores = [scores[measure] for _, _, scores in self.pairs] or [NO_SCORE[measure]]
        return TripleScore(*(sum(column) / len(scores) for column in zip(*scores, strict=True)))


def align_triples(system: Sequence[TextTriple], gold: Sequence[TextTriple]) -> Alignment:
    """Pair the triples of one text so that the summed F1 of the four measures is highest."""
    scored = [[_score_pair(_parts(ours), _parts(theirs)) for theirs in gold] for ours in system]
    pairs: list[tuple[int | None, int | None, dict[str, TripleScore]]] = []
    if scored and gold:
        totals = np.array([[pair["total"].f1 for pair in row] for row in scored])
        rows, columns = linear_sum_assignment(totals, maximize=True)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            pairs.append((row, column, {name: scored[row][column][name] for name in MEASURES}))
    paired = {row for row, _, _ in pairs}, {column for _, column, _ in pairs}
    pairs += [(row, None, NO_SCORE) for row in range(len(system)) if row not in paired[0]]
    pairs += [(None, column, NO_SCORE) for column in range(len(gold)) if column not in paired[1]]
    return Alignment(tuple(pairs))


def _parts(triple: TextTriple) -> tuple[tuple[str, ...], ...]:
    return tuple(
        map(
            words_of,
            (triple[0], triple[1], re.sub(r"^(.+?)\s\(.*\)$", r"\1", triple[2].replace("_", " "))),
        )
    )


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words without accents or signs; camel case and underscores part words."""
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ")
    plain = unicodedata.normalize("NFKD", plain).replace("\u2212", "-").replace("\u2013", "-")
    plain = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    return tuple(_WORD.findall(plain))


@cache
def _score_pair(
    system: tuple[tuple[str, ...], ...], gold: tuple[tuple[str, ...], ...]
) -> dict[str, TripleScore]:
    """The scores of a system triple against a gold triple, and "total", their mean F1."""
    order = [0, 1, 2]
    straight = _share(system[0], gold[0]) or _share(system[2], gold[2])
    if not straight and (_share(system[2], gold[0]) or _share(system[0], gold[2])):
        order = [2, 1, 0]
    true: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    base = 0
    for part, label in enumerate(_PARTS):
        spans, length = _lay(system[order[part]], gold[part])
        if gold[part]:
            shift = base + spans[0]
            true.append({"label": label, "start": shift, "end": shift + len(gold[part]) - 1})
        found += [
            {"label": _PARTS[order[part]], "start": base + start, "end": base + end}
            for start, end in spans[1]
        ]
        base += length
    results = Evaluator([true], [found], tags=list(_PARTS)).evaluate()["overall"]
    scores = {
        name: TripleScore(result.precision, result.recall, result.f1)
        for name, result in results.items()
    }
    f1 = sum(scores[name].f1 for name in _ALIGNED_BY) / len(_ALIGNED_BY)
    return scores | {"total": TripleScore(f1, f1, f1)}


def _share(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return bool(set(ours) & set(theirs))


def _lay(
    system: Sequence[str], gold: Sequence[str]
) -> tuple[tuple[int, list[tuple[int, int]]], int]:
    """Lay system words over gold words on one line of positions.

    Returns:
        ((where the gold begins, inclusive spans of the system), length of the line).
    """
    matches = _common_runs(system, gold)
    if not matches:
        spans = [(len(gold), len(gold) + len(system) - 1)] if system else []
        return (0, spans), len(gold) + len(system)
    first, last = min(matches), max(matches)
    # Words before a match that begins the gold belong to it, so that its bounds are wrong; the
    # same behind a match that ends the gold. Other words without a match stand by themselves.
    before = first[0] if first[1] == 0 else 0
    tail = len(system) - (last[0] + last[2])
    after = tail if last[1] + last[2] == len(gold) else 0
    spans = []
    for _, at, length in sorted(matches, key=lambda match: match[1]):
        start, end = before + at, before + at + length - 1
        spans.append(
            (0 if at == first[1] == 0 else start, end + (after if at + length == len(gold) else 0))
        )
    covered = {i for at, _, length in matches for i in range(at, at + length)}
    loose = [
        i
        for i in range(len(system))
        if i not in covered and not i < before and not i >= len(system) - after
    ]
    line = before + len(gold) + after
    for position, index in enumerate(loose):
        if position and index == loose[position - 1] + 1:
            spans[-1] = (spans[-1][0], line + position)
        else:
            spans.append((line + position, line + position))
    return (before, spans), line + len(loose)


def _common_runs(system: Sequence[str], gold: Sequence[str]) -> list[tuple[int, int, int]]:
    """Disjoint common runs of words, longest first: (start in system, start in gold, length)."""
    ours: list[str | None] = list(system)
    theirs: list[str | None] = list(gold)
    runs = []
    for length in range(len(ours), 0, -1):
        for start in range(len(ours) - length + 1):
            run = ours[start : start + length]
            if None in run:
                continue
            at = next((i for i in range(len(theirs)) if theirs[i : i + length] == run), None)
            if at is not None:
                runs.append((start, at, length))
                ours[start : start + length] = [None] * length
                theirs[at : at + length] = [None] * length
    return runs
