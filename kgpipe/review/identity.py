"""Finds the fact that a row is about, whatever a spreadsheet or a slip has done to the row."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kgpipe.review.table import hash_row, one_line
from kgpipe.review.wordings import Fact, Wording
from kgpipe.text.normalise import normalise_name
from kgpipe.text.spreadsheet_habits import is_same_cell

WORDS = ("subject", "predicate", "object")


class Known(NamedTuple):
    """The statements of a workspace: by row hash, by key, and keys by normalised words."""

    by_hash: Mapping[str, Wording]
    by_key: Mapping[str, tuple[Wording, ...]]
    by_words: Mapping[tuple[str, ...], frozenset[str]]


class Unmatched(NamedTuple):
    """Why no fact was found."""

    reason: str
    detail: str


def index_wordings(facts: Iterable[Fact]) -> Known:
    """All statements, to be looked up."""
    by_hash: dict[str, Wording] = {}
    by_key: defaultdict[str, list[Wording]] = defaultdict(list)
    by_words: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for wording in (one for fact in facts for one in fact.wordings):
        if by_hash.setdefault(hash_row(*wording.words, wording.key), wording) is wording:
            by_key[wording.key].append(wording)
            by_words[_normal((*wording.words, wording.qualifiers))].add(wording.key)
    return Known(
        by_hash,
        {key: tuple(found) for key, found in by_key.items()},
        {words: frozenset(keys) for words, keys in by_words.items()},
    )


def match_row(cells: Mapping[str, str], known: Callable[[], Known]) -> str | Unmatched:
    """The key of the fact that a row is about, or why it cannot be told.

    An untouched row carries its own proof. Else the row hash tells which fact was exported, then
    the key, then the words; the words must be what was exported, but for what a spreadsheet does by
    itself. Never is a label given to a fact whose words somebody changed.

    Args:
        cells: the row, by column.
        known: makes the index of the workspace; called only where it is needed.
    """
    words = [cells[column] for column in WORDS]
    if cells.get("key") and hash_row(*words, cells["key"]) == cells["row_hash"]:
        return cells["key"]
    if not any(words):
        return Unmatched(
            "no_fact", "the row names no fact; were cells merged, or only a part of it copied?"
        )
    said = [*words, cells.get("qualifiers", "")]
    hashed = known().by_hash.get(cells["row_hash"])
    exported = (hashed,) if hashed else known().by_key.get(cells.get("key", ""), ())
    if exported:
        return _match_words(exported, cells)
    return _match_normalised(known().by_words.get(_normal(said), frozenset()))


def _match_words(exported: Sequence[Wording], cells: Mapping[str, str]) -> str | Unmatched:
    changes = [_find_change(wording, cells) for wording in exported]
    return Unmatched("edited_fact", changes[0] + _ASK) if all(changes) else exported[0].key


def _match_normalised(keys: frozenset[str]) -> str | Unmatched:
    if len(keys) == 1:
        return next(iter(keys))
    if keys:
        return Unmatched(
            "ambiguous_fact",
            f"{len(keys)} facts have these words, and row_hash and key, which would tell them "
            "apart, were changed; copy both from the export",
        )
    return Unmatched(
        "unknown_fact",
        "neither row_hash nor key nor words are those of a fact of this workspace, so somebody "
        "changed them" + _ASK,
    )


_ASK = (
    "; the label may be about something else, so it was not taken: restore the row from the export "
    "and write corrections into the comment"
)


def _find_change(exported: Wording, cells: Mapping[str, str]) -> str:
    """What somebody changed, "" if nothing."""
    for column, before in zip(WORDS, exported.words, strict=True):
        if not is_same_cell(one_line(before), cells[column]):
            return f"{column} was {before!r} and is {cells[column]!r}"
    return ""


def _normal(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(normalise_name(one_line(word)) for word in words)
