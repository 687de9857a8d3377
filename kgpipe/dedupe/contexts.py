"""Mentions told apart by their contexts: "Bush" beside George W. Bush, and beside Kate Bush.

A short name belongs to the longer name that its context holds. Where contexts hold several longer
names of one surface, its mentions are several entities; where nearly all hold one, the mentions
without evidence follow.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kgpipe.dedupe.joins import Key
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.short_names import called_by_first_name, parse_name, short_forms
from kgpipe.types import Kind

# What a name in a text looks like around the word that is looked for.
_CAPITALS_BEFORE = re.compile(r"(?:[A-Z\u00c0-\u00de][\w.'\u2019-]*\s+){1,4}$")
_CAPITALS_AFTER = re.compile(r"^(?:\s+[A-Z\u00c0-\u00de][\w'\u2019-]*){1,4}")
# Contexts that must agree, and their share, before mentions without evidence follow them.
_MIN_VOTES, _MIN_SHARE = 3, 0.9
# Names of these kinds are not shortened as people's are.
_FIXED: frozenset[Kind] = frozenset({"place", "site", "substance", "quantity", "date"})
# Longer contexts are documents: what stands further away says less, and reading it takes time.
MAX_CONTEXT_CHARS = 20_000


class Mention(NamedTuple):
    """A surface name, its kind, and texts that it stands in, the nearest first.

    `said` is the statement that it is part of, for a mention without a text.
    """

    name: str
    kind: Kind
    contexts: tuple[str, ...] = ()
    said: str = ""


def place_mentions(
    mentions: Sequence[Mention],
    entity_of: Mapping[str, str],
    *,
    common: frozenset[str],
    listed: frozenset[str] = frozenset(),
) -> dict[int, str]:
    """Return the entity of each mention that its context puts elsewhere than its name alone.

    Args:
        mentions: of the whole corpus.
        entity_of: the entity that resolution without contexts found for each surface name.
        common: words that are no names by themselves.
        listed: keys of names that alias tables hold: they mean what they mean in any context.
    """
    longer = _longer_names(entity_of, common)
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, mention in enumerate(mentions):
        rows[mention.name].append(row)
        is_fixed = mention.kind in _FIXED or form_of(mention.name).key in listed
        fitting = {} if is_fixed else longer.get(mention.name, {})
        for context in mention.contexts if fitting else ():
            entity = _entity_in_context(mention.name, context, fitting)
            if entity:
                found[mention.name][row] = entity
                break
    placed: dict[int, str] = {}
    for name, of_rows in sorted(found.items()):
        placed |= {row: entity for row, entity in of_rows.items() if entity != entity_of[name]}
        follow = _followed(of_rows.values())
        if follow and follow != entity_of[name]:
            placed |= {row: follow for row in rows[name] if row not in of_rows}
    return placed


# The words of each longer name that a surface name may be short for, and their entities.
Longer = Mapping[str, Mapping[Key, frozenset[str]]]


def _longer_names(entity_of: Mapping[str, str], common: frozenset[str]) -> Longer:
    parsed = {name: one.words for name in entity_of if (one := parse_name(name, 0, common))}
    entities: defaultdict[Key, set[str]] = defaultdict(set)
    for name, words in parsed.items():
        entities[words].add(entity_of[name])
    keys: defaultdict[Key, set[Key]] = defaultdict(set)
    for words, found in entities.items():
        shorter = {*short_forms(words)}
        # Who is called by the last name is a person, who may be called by the first one.
        if found & entities.get(words[-1:], set()):
            shorter.update(called_by_first_name(words))
        for key in shorter - {words}:
            keys[key].add(words)
    return {
        name: {longer: frozenset(entities[longer]) for longer in keys[words]}
        for name, words in parsed.items()
        if words in keys
    }


def _entity_in_context(name: str, context: str, longer: Mapping[Key, frozenset[str]]) -> str | None:
    """The entity of the only longer name in the context that fits; None if none or several."""
    entities: set[str] = set()
    text = context[:MAX_CONTEXT_CHARS]
    for match in re.finditer(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
        for written in _around(text, match.start(), match.end()):
            one = parse_name(written, 0, frozenset())
            entities |= longer.get(one.words, frozenset()) if one else frozenset()
    return entities.pop() if len(entities) == 1 else None


def _around(text: str, start: int, end: int) -> Iterable[str]:
    """The capitalised words around a place in a text, from the most of them to the fewest."""
    before = _CAPITALS_BEFORE.search(text, max(0, start - 80), start)
    after = _CAPITALS_AFTER.search(text[end : end + 80])
    left = before[0].split() if before else []
    right = after[0].split() if after else []
    for first in range(len(left) + 1):
        for last in range(len(right), -1, -1):
            if first < len(left) or last:
                yield " ".join([*left[first:], text[start:end], *right[:last]])


def _followed(votes: Iterable[str]) -> str | None:
    ballot = Counter(votes)
    entity, most = min(ballot.items(), key=lambda item: (-item[1], item[0]))
    total = sum(ballot.values())
    return entity if total >= _MIN_VOTES and most >= _MIN_SHARE * total else None
