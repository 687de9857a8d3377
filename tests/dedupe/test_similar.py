from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.dedupe import similar
from kgpipe.dedupe.block import find_pairs
from kgpipe.dedupe.entities import ResolvedNames, resolve_names_of
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.similar import find_similar
from kgpipe.dedupe.veto import Candidate
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind


class Kept:
    """A memo in memory."""

    content: bytes | None = None

    def load(self) -> bytes | None:
        return self.content

    def save(self, content: bytes) -> None:
        self.content = content


# Near each other in spelling, so that there are chains, vetoes and changes of the nearest.
WORDS = ("organisation", "organization", "organisations", "mining", "mine", "mercury", "export",
         "exports", "sector", "12")  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
KINDS: tuple[Kind, ...] = ("", "place", "organisation")
CORPUS = st.dictionaries(st.tuples(NAMES, st.sampled_from(KINDS)), st.integers(1, 3), max_size=12)
SETTINGS = DedupeSettings(threshold=0.6)


def _resolve(corpus: dict[tuple[str, Kind], int], memo: Kept | None = None) -> ResolvedNames:
    return resolve_names_of(
        corpus, definitions=(), settings=SETTINGS, embedder=FakeEmbedder(), memo=memo
    )


@given(st.lists(CORPUS, min_size=1, max_size=4))
@settings(derandomize=True, deadline=None, max_examples=25)
def test_any_history_ends_where_a_full_run_does(corpora: list[dict[tuple[str, Kind], int]]) -> None:
    """Names come, go and change their kind; each run starts from what the last one remembered."""
    memo = Kept()
    for corpus in corpora:
        assert _resolve(corpus, memo) == _resolve(corpus)


@given(CORPUS, st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=12)
def test_the_order_of_arrival_does_not_matter(
    corpus: dict[tuple[str, Kind], int], random: object
) -> None:
    rows = sorted(corpus.items())
    random.shuffle(rows)  # type: ignore[attr-defined]
    memo, seen = Kept(), Counter[tuple[str, Kind]]()
    for key, number in rows:
        seen[key] += number
        arrived = _resolve(dict(seen), memo)
    if rows:
        assert arrived == _resolve(corpus)


@given(CORPUS)
@settings(derandomize=True, deadline=None, max_examples=8)
def test_a_second_run_changes_nothing(corpus: dict[tuple[str, Kind], int]) -> None:
    memo = Kept()
    first = _resolve(corpus, memo)
    content = memo.content
    assert _resolve(corpus, memo) == first
    assert memo.content == content


def never(left: int, right: int) -> bool:
    return False


def _candidates(*names: str) -> list[Candidate]:
    return [Candidate(form_of(name), "", listed=False) for name in names]


def test_only_new_names_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[list[int] | None] = []

    def watch(
        vectors: NDArray[np.float32], *, threshold: float, rows: NDArray[np.int64] | None
    ) -> Sequence[tuple[float, int, int]]:
        searched.append(None if rows is None else rows.tolist())
        return list(find_pairs(vectors, threshold=threshold, rows=rows))

    monkeypatch.setattr(similar, "find_pairs", watch)
    memo = Kept()
    old = ["mercury exports", "exports of mercury", "gold"]
    for names in (old, old, [*old[:1], "export of mercury", *old[1:]]):
        vectors = FakeEmbedder().embed(names)
        pairs = find_similar(
            _candidates(*names), vectors, threshold=0.5, conflicts=never, memo=memo
        )
    assert searched == [None, [], [1]]
    assert [pair[1:] for pair in pairs] and {pair[1:] for pair in pairs} >= {(0, 2), (0, 1)}


def test_another_threshold_starts_anew() -> None:
    memo = Kept()
    names = ["mercury exports", "exports of mercury"]
    vectors = FakeEmbedder().embed(names)
    assert not find_similar(
        _candidates(*names), vectors, threshold=0.99, conflicts=never, memo=memo
    )
    assert (
        len(find_similar(_candidates(*names), vectors, threshold=0.3, conflicts=never, memo=memo))
        == 1
    )
