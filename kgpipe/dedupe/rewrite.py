"""Rewrites names to what they stand for: aliases, and the acronyms that the documents define.

A name is rewritten by the first source that knows it: the user's table, the documents' definitions,
the tables that travel with kgpipe. Where none knows the whole name, acronyms inside it are
expanded ("ASGM site"). Names that end in one form are one entity.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from kgpipe.dedupe.acronyms import find_long_form
from kgpipe.dedupe.aliases import Alias
from kgpipe.dedupe.normalise import NameForm, form_of
from kgpipe.types import Kind

Reason = Literal["", "alias", "acronym_defined"]
# Two expansions of one acronym that differ more than this are two meanings (percent, word order
# aside): "artisanal and small scale gold mining" passes beside "artisanal small-scale gold mining".
_SAME_EXPANSION = 75.0
_GAPS = re.compile(r"[\s()/,;:-]+")


@dataclass(frozen=True)
class Rewrites:
    """Look-ups by the key of a name's form.

    `sources` are asked in order; each maps a key to (kind, form, reason), the most special kind
    first. `expansions` maps a word to the form it is expanded to inside a name. `listed` are the
    keys of the canonical names.
    """

    sources: tuple[Mapping[str, list[tuple[Kind, NameForm, Reason]]], ...]
    expansions: Mapping[str, tuple[NameForm, Reason]]
    listed: frozenset[str]


def make_rewrites(
    names: Mapping[str, int],
    *,
    definitions: Iterable[tuple[str, str]],
    user: Sequence[Alias],
    built_in: Sequence[Alias],
) -> Rewrites:
    """Prepare the look-ups for a corpus.

    Args:
        names: surface names with their number of mentions.
        definitions: (short, long) pairs found in the documents.
        user: rows of the user's table; they always hold.
        built_in: rows that travel with kgpipe; those in capitals hold like definitions do.

    An acronym holds only if the corpus writes the word mostly in capitals ("GOLD", the programme,
    does not rename gold), and if its definitions agree.
    """
    capitals = _words_in_capitals(names)
    defined = _agreed_definitions(definitions, names, capitals)
    table = [row for row in built_in if not _is_code(row.alias) or _key(row.alias) in capitals]
    expansions: dict[str, tuple[NameForm, Reason]] = {
        _key(row.alias): (form_of(row.canonical), "alias") for row in table if _is_code(row.alias)
    }
    expansions |= {short: (form, "acronym_defined") for short, form in defined.items()}
    return Rewrites(
        sources=(
            _by_key(user),
            {short: [("", form, "acronym_defined")] for short, form in defined.items()},
            _by_key(table),
        ),
        expansions=expansions,
        listed=frozenset(_key(row.canonical) for row in (*user, *built_in)),
    )


def rewrite_name(form: NameForm, kind: Kind, rewrites: Rewrites) -> tuple[NameForm, Reason]:
    """Return what a name stands for, and why; the form itself and "" if only for itself."""
    whole, reason = _look_up(form, kind, rewrites)
    if reason:
        return whole, reason
    plain = _without_gloss(form, kind, rewrites)
    found = [rewrites.expansions[word] for word in plain.words if word in rewrites.expansions]
    if not found:
        return plain, "" if plain == form else "acronym_defined"
    longer = form_of(
        " ".join(
            rewrites.expansions[word][0].text if word in rewrites.expansions else word
            for word in plain.words
        )
    )
    return _look_up(longer, kind, rewrites)[0], found[0][1]


def _look_up(form: NameForm, kind: Kind, rewrites: Rewrites) -> tuple[NameForm, Reason]:
    """Ask the sources in order, each once: the user may rewrite to a name of a later table."""
    reason: Reason = ""
    for source in rewrites.sources:
        for wanted, target, why in source.get(form.key, ()):
            if wanted in ("", kind) or kind in ("", "other"):
                form, reason = target, reason or ("" if target.key == form.key else why)
                break
    return form, reason


def _without_gloss(form: NameForm, kind: Kind, rewrites: Rewrites) -> NameForm:
    """Drop a bracket that only repeats the name: "mercury (Hg)", "national action plan (NAP)"."""
    head, bracket, inner = form.text.removesuffix(")").rpartition(" (")
    if not bracket or not head or not form.text.endswith(")"):
        return form
    same = _look_up(form_of(inner), kind, rewrites)[0].key == _look_up(
        form_of(head), kind, rewrites)[0].key  # fmt: skip
    spelt = " " not in inner and len(inner) > 1 and find_long_form(inner, head) == head
    return _look_up(form_of(head), kind, rewrites)[0] if same or spelt else form


def _words_in_capitals(names: Mapping[str, int]) -> frozenset[str]:
    """Keys of the words that most mentions write with a capital after the first letter."""
    votes: Counter[str] = Counter()
    for name, mentions in names.items():
        for word in filter(None, _GAPS.split(name)):
            # A name shouted as a whole says nothing about its words.
            if not name.isupper() or " " not in name:
                votes[_key(word)] += mentions if _is_code(word) else -mentions
    return frozenset(word for word, balance in votes.items() if balance > 0)


def _is_code(word: str) -> bool:
    """Whether a word is written as an acronym or symbol is: "ASGM", "NAPs", "MeHg", "Hg"."""
    capital = any(char.isupper() for char in word[1:])
    return " " not in word and (capital or (len(word) == 2 and word[0].isupper()))


def _agreed_definitions(
    definitions: Iterable[tuple[str, str]], names: Mapping[str, int], capitals: frozenset[str]
) -> dict[str, NameForm]:
    """Map the key of each acronym whose expansions agree to the one that names use most."""
    longs: defaultdict[str, set[NameForm]] = defaultdict(set)
    for short, long in definitions:
        if _key(short) in capitals:
            longs[_key(short)].add(form_of(long))
    used: Counter[str] = Counter()
    for name, mentions in names.items() if longs else ():
        used[_key(name)] += mentions
    agreed = {}
    for short, forms in sorted(longs.items()):
        best = min(forms, key=lambda form: (-used[form.key], -len(form.text), form.text))
        if all(fuzz.token_sort_ratio(best.text, f.text) >= _SAME_EXPANSION for f in forms):
            agreed[short] = best
    return agreed


def _by_key(rows: Sequence[Alias]) -> dict[str, list[tuple[Kind, NameForm, Reason]]]:
    table: defaultdict[str, list[tuple[Kind, NameForm, Reason]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (not row.kind, row)):
        table[_key(row.alias)].append((row.kind, form_of(row.canonical), "alias"))
    return dict(table)


def _key(name: str) -> str:
    return form_of(name).key
