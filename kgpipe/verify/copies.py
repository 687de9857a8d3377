"""Finds passages that repeat one another: ten copies of a page are one witness."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

from kgpipe.text.tokens import tokenize
from kgpipe.types import Passage

# Runs of three words: short enough for passages of two sentences, long enough to be no chance.
_SHINGLE_WORDS = 3
# Jaccard similarity from which two passages are copies. A copy with a new headline or a changed
# figure stays above it; independent texts on one subject stay below .2.
COPY_AT = 0.8


def fold_copies(passages: Sequence[Passage]) -> tuple[list[Passage], dict[str, str]]:
    """Keep the first of each group of near-identical passages of different sources.

    Returns:
        The kept passages in their order; and for each source that has a passage in common with an
        earlier source the name of that one (never itself a copy of another).
    """
    kept: list[Passage] = []
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    original: dict[str, str] = {}
    for passage in passages:
        shingles = _shingles(passage.text)
        shared = Counter(index for shingle in shingles for index in holders.get(shingle, ()))
        first = min(
            (
                index
                for index, common in shared.items()
                if common >= COPY_AT * (sizes[index] + len(shingles) - common)
            ),
            default=None,
        )
        if first is None:
            for shingle in shingles:
                holders[shingle].append(len(kept))
            sizes.append(len(shingles))
            kept.append(passage)
        else:
            _join(original, passage.source, kept[first].source)
    return kept, {source: _root(original, source) for source in original}


def _join(original: dict[str, str], source: str, earlier: str) -> None:
    left, right = _root(original, source), _root(original, earlier)
    if left != right:
        original[left] = right


def _root(original: dict[str, str], source: str) -> str:
    while source in original:
        source = original[source]
    return source


# The passages of one claim come back for the next one.
@lru_cache(maxsize=4096)
def _shingles(text: str) -> frozenset[str]:
    """The runs of words, one of them at least."""
    forms = [token.form for token in tokenize(text)]
    runs = max(1, len(forms) - _SHINGLE_WORDS + 1)
    return frozenset(" ".join(forms[at : at + _SHINGLE_WORDS]) for at in range(runs))
