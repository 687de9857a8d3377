"""Which found statements are the gold ones: strict, and partial by token overlap, one to one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from kgpipe.evaluate.gold import GoldLabel
from kgpipe.text.normalise import normalise_name
from kgpipe.text.tokens import tokenize
from kgpipe.types import Claim, Triple

# Two parts are alike when at least half of their words are shared (F1 of the two word sets).
MINIMUM_OVERLAP = 0.5

_ARTICLES = frozenset(
    ("a", "an", "the", "el", "la", "los", "las", "un", "una", "o", "os", "um", "uma", "le", "les")
)
_IRREGULAR = {
    **dict.fromkeys(("am", "is", "are", "was", "were", "been"), "be"),
    **dict.fromkeys(("has", "had"), "have"),
}
# Longest first.
_SUFFIXES = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))


class Statement(NamedTuple):
    """What is compared: three parts, and whether the statement is denied."""

    subject: str
    predicate: str
    object: str
    negated: bool = False


Pair = tuple[int, int]
Words = frozenset[str]


def normalised(statement: Statement) -> Statement:
    """The form in which strict matching compares statements."""
    return Statement(
        normalise_name(statement.subject),
        normalise_name(statement.predicate),
        normalise_name(statement.object),
        statement.negated,
    )


def count_strict(predicted: Sequence[Statement], gold: Sequence[Statement]) -> int:
    """Number of one-to-one pairs whose normalised parts and negation are equal."""
    left, right = Counter(map(normalised, predicted)), Counter(map(normalised, gold))
    return (left & right).total()


def match_partial(predicted: Sequence[Statement], gold: Sequence[Statement]) -> list[Pair]:
    """Pair statements that are alike, each at most once: as many as possible, the most alike first.

    Alike means: words of subject, predicate and object overlap with F1 >= 0.5 each (lower case,
    light stemming, articles dropped), the numbers of each part do not contradict, and negation is
    equal. Aliases are not consulted: a fact must be found in words near the text's own.

    Returns:
        (index into predicted, index into gold) pairs in order of the first.
    """
    return assign(similarity(predicted, gold))


def match_claims(
    claims: Sequence[Claim], triples: Sequence[Triple], labels: Sequence[GoldLabel]
) -> list[Pair]:
    """Pair claims with gold labels, one to one.

    A claim is as near to a gold claim as the nearest of its wordings: its own with the entities'
    canonical names, and that of each triple that states it.
    """
    by_id = {triple.id: triple for triple in triples}
    owners: list[int] = []
    wordings: list[Statement] = []
    for number, claim in enumerate(claims):
        stated = {as_statement(by_id[one]) for one in claim.support if one in by_id}
        for wording in sorted({as_statement(claim), *stated}):
            owners.append(number)
            wordings.append(wording)
    cells = similarity(wordings, [as_statement(label) for label in labels]).tocoo()
    best: dict[Pair, float] = {}
    for row, column, value in zip(cells.row, cells.col, cells.data, strict=True):
        place = (owners[row], int(column))
        best[place] = max(best.get(place, 0.0), float(value))
    return assign(_sparse(best, shape=(len(claims), len(labels))))


def as_statement(item: Any) -> Statement:
    """The statement of a triple, claim or gold row."""
    return Statement(item.subject, item.predicate, item.object, item.negated)


# ---------------------------------------------------------------- similarity


def similarity(left: Sequence[Statement], right: Sequence[Statement]) -> Any:
    """Mean overlap of the three parts where statements are alike, else 0: sparse (left, right)."""
    ours, theirs = [_words(one) for one in left], [_words(one) for one in right]
    subjects = _overlaps([one[0] for one in ours], [one[0] for one in theirs])
    objects = _overlaps([one[2] for one in ours], [one[2] for one in theirs])
    # Predicates repeat a thousandfold, so they are compared only where both ends agree.
    ends = (subjects + objects).multiply(subjects > 0).multiply(objects > 0).tocoo()
    cells: dict[Pair, float] = {}
    for row, column, value in zip(
        ends.row.tolist(), ends.col.tolist(), ends.data.tolist(), strict=True
    ):
        predicates = overlap(ours[row][1], theirs[column][1])
        if (
            predicates >= MINIMUM_OVERLAP
            and left[row].negated == right[column].negated
            and not any(map(_contradict, ours[row], theirs[column]))
        ):
            cells[row, column] = (value + predicates) / 3
    return _sparse(cells, shape=(len(left), len(right)))


def overlap(left: Words, right: Words) -> float:
    """F1 of two word sets, neither of them empty."""
    return 2 * len(left & right) / (len(left) + len(right))


def tokens(text: str) -> Words:
    """Lower-case stems without articles; the whole text where nothing else would be left."""
    forms = [token.form for token in tokenize(text)]
    return frozenset(_stem(form) for form in forms if form not in _ARTICLES) or frozenset(
        (text.casefold().strip(),)
    )


def _stem(word: str) -> str:
    """Drop an inflection: "releases", "released", "releasing" and "release" become "releas"."""
    word = _IRREGULAR.get(word, word)
    for suffix, replacement in _SUFFIXES:
        # Two letters must remain ("use"), and a double s is no plural ("process").
        if word.endswith(suffix) and len(word) >= len(suffix) + 2 and not word.endswith("ss"):
            word = word[: len(word) - len(suffix)] + replacement
            break
    return word[:-1] if word.endswith("e") and len(word) > 2 else word


def _words(statement: Statement) -> tuple[Words, Words, Words]:
    return tokens(statement.subject), tokens(statement.predicate), tokens(statement.object)


def _contradict(ours: Words, theirs: Words) -> bool:
    """Whether both name numbers and neither names all of the other's: 838 t is not 900 t."""
    left, right = ({word for word in words if word[:1].isdigit()} for words in (ours, theirs))
    return not (left <= right or right <= left)


def _overlaps(left: list[Words], right: list[Words]) -> Any:
    """F1 of the word sets of each pair; pairs below the minimum are not stored."""
    vocabulary: dict[str, int] = {}
    ours, theirs = _indicator(left, vocabulary), _indicator(right, vocabulary)
    ours.resize((len(left), len(vocabulary)))
    shared = (ours @ theirs.T).tocoo()
    sizes = np.array([len(words) for words in left])[shared.row]
    sizes = sizes + np.array([len(words) for words in right])[shared.col]
    scores = 2 * shared.data / sizes
    keep = scores >= MINIMUM_OVERLAP
    return sparse.csr_array(
        (scores[keep], (shared.row[keep], shared.col[keep])), shape=(len(left), len(right))
    )


def _indicator(sets: list[Words], vocabulary: dict[str, int]) -> Any:
    rows = [row for row, words in enumerate(sets) for _ in words]
    columns = [vocabulary.setdefault(word, len(vocabulary)) for words in sets for word in words]
    ones = np.ones(len(rows), dtype=np.int64)
    return sparse.csr_array((ones, (rows, columns)), shape=(len(sets), len(vocabulary)))


def _sparse(cells: Mapping[Pair, float], *, shape: tuple[int, int]) -> Any:
    rows = [row for row, _ in cells]
    columns = [column for _, column in cells]
    return sparse.csr_array((list(cells.values()), (rows, columns)), shape=shape)


# ---------------------------------------------------------------- assignment


def assign(scores: Any) -> list[Pair]:
    """Optimal one-to-one assignment over the stored cells of a sparse matrix of values in 0..1.

    Each connected part is solved on its own (Hungarian method), so that memory follows the largest
    part and not the whole matrix.
    """
    height = scores.shape[0]
    if not scores.nnz:
        return []
    graph = sparse.block_array([[None, scores], [scores.T, None]], format="csr")
    _, parts = connected_components(graph, directed=False)
    rows_of, columns_of = _by_part(parts[:height]), _by_part(parts[height:])
    pairs = [
        pair
        for part, rows in rows_of.items()
        if part in columns_of
        for pair in _assign_dense(scores, rows, columns_of[part])
    ]
    return sorted(pairs)


def _by_part(parts: NDArray[np.int32]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    for index, part in enumerate(parts.tolist()):
        members.setdefault(part, []).append(index)
    return members


def _assign_dense(scores: Any, rows: list[int], columns: list[int]) -> list[Pair]:
    dense = scores[rows, :][:, columns].toarray()
    # One whole point a pair, and less than one for all similarities together: the number of pairs
    # comes first.
    weights = np.where(dense > 0, 1 + dense / (min(dense.shape) + 1), 0)
    chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return [(rows[i], columns[j]) for i, j in chosen if dense[i, j] > 0]
