"""Names that shorten or lengthen another: "Murdoch" for Rupert Murdoch, "FAA" for its long form.

A short name joins a longer one only if exactly one fits: with two it stays by itself, since nothing
in the name tells which is meant. Only proper names are looked at, those that are written with
capitals: a "mining plan" is no short form of the artisanal mining plan.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from kgpipe.dedupe.joins import Clusters, Join, Key, Written
from kgpipe.dedupe.name_words import (
    COMPANY,
    COMPLETIONS,
    DESIGNATIONS,
    GENERATIONS,
    HEADS,
    OF_STATES,
    OTHERS,
    SHARED_NAMES,
    STATES,
    TITLES,
)  # fmt: skip
from kgpipe.dedupe.normalise import FUNCTION_WORDS, content_words, form_of, has_digit
from kgpipe.dedupe.veto import DIRECTIONS, kinds_clash
from kgpipe.types import Kind

SHORT_NAME, ACRONYM = "short_name", "acronym_of_name"
# Of people's names, these join the last name alone ("Fradique de Menezes"); a letter is an initial.
_JOINING = frozenset(word for word in FUNCTION_WORDS if len(word) > 1)
_ASIDE = re.compile(r"\([^()]*\)|[\"\u201c][^\"\u201c\u201d]*[\"\u201d]")
_WORD = re.compile(r"[^\W\d_][^\W_]*")
# People's names have up to five words; those of institutions that initials stand for have more.
_MAX_GIVEN, _MAX_WORDS = 4, 10
# Kinds whose names may be shortened as people's are; "" is unknown.
_NAMED_LIKE_PEOPLE: frozenset[Kind] = frozenset({"", "person", "organisation", "other"})
# Kinds whose names may be followed by the region that they lie in.
_LOCATED: frozenset[Kind] = frozenset({"", "place", "site"})
# How much more often the longer name of a rare form is mentioned, and its words.
_MIN_RATIO, _MAX_RARE = 3, 3
_INSTITUTIONS = HEADS - DESIGNATIONS
# Letters of an acronym that initials may spell; with fewer they do by chance.
_MIN_ACRONYM, _MAX_ACRONYM = 3, 8


class Parsed(NamedTuple):
    """A proper name without title, bracket, nickname and generation."""

    row: int
    words: Key
    generation: Key
    acronym: str


def join_short_names(
    names: Sequence[Written],
    *,
    clusters: Clusters,
    common: frozenset[str],
    regions: frozenset[Key] = frozenset(),
) -> list[Join]:
    """Return which names are short for which, each short name once.

    Longer names go first, so that "Hyundai" fits one name where "Hyundai Motor" has joined the
    "Hyundai Motor Company". The outcome does not depend on the order of `names`.

    Args:
        names: all of a corpus.
        clusters: of these names; it grows with the joins.
        common: its words that name nothing by themselves (see `common_words`).
        regions: the words of names that may follow a place's: Madre de Dios, Peru.
    """
    proper = [
        found
        for row, name in enumerate(names)
        if (found := next(filter(None, (parse_name(n, row, common) for n in name.names)), None))
    ]
    join = partial(_join, names=names, clusters=clusters)
    longer = _by_key(
        ((*key, *one.generation), one.row)
        for one in proper
        for key in (
            *short_forms(one.words, names[one.row].kind),
            *_without_region(one.words, names[one.row].kind, regions),
        )
    )
    joins = join([_with_generation(one) for one in proper], longer, SHORT_NAME)
    spelt = _by_key(((key,), one.row) for one in proper for key in _initials(one.words))
    joins += join(
        [one._replace(words=(one.acronym,)) for one in proper if one.acronym], spelt, ACRONYM
    )
    # Whoever is called by the last name alone is a person, or as good as one.
    by_surname = {join.long for join in joins if join.reason == SHORT_NAME}
    called = _by_key(
        (key, one.row)
        for one in proper
        if names[one.row].kind == "person" or one.row in by_surname
        for key in called_by_first_name(one.words)
    )
    joins += join(proper, called, SHORT_NAME)
    return joins + join(proper, _rare_forms(proper, names, clusters), SHORT_NAME)


def _rare_forms(
    proper: Iterable[Parsed], names: Sequence[Written], clusters: Clusters
) -> dict[Key, set[int]]:
    """Words that begin one cluster's names only, and stand alone far less often: "Gantt chart".

    A word inside a name is what it is about: "English" is not the plans in English. Nor does one
    stand for an institution or a part of the earth that has its name: "Madeira", "Madeira river".
    """
    holders: defaultdict[str, set[int]] = defaultdict(set)
    begins: defaultdict[str, set[int]] = defaultdict(set)
    for row, name in enumerate(names):
        words = form_of(name.names[0]).words
        if 1 < len(words) <= _MAX_WORDS:
            for word in words:
                holders[word].add(row)
            if len(words) <= _MAX_RARE and not _INSTITUTIONS.intersection(words):
                begins[words[0]].add(row)
    alone = [one for one in proper if len(one.words) == 1]
    return {
        one.words: held
        for one in alone
        if (held := holders[one.words[0]])
        and held == begins[one.words[0]]
        and names[one.row].kind in _NAMED_LIKE_PEOPLE
        and len({clusters.of[row] for row in held}) == 1
        and sum(names[row].mentions for row in held) >= _MIN_RATIO * names[one.row].mentions
    }


def _with_generation(one: Parsed) -> Parsed:
    return one._replace(words=(*one.words, *one.generation))


def common_words(mentions: Mapping[str, int]) -> frozenset[str]:
    """Words that names write with a small letter more often than with a capital inside."""
    votes: Counter[str] = Counter()
    for name, number in mentions.items():
        if name.isupper():
            continue
        for place, word in enumerate(_WORD.findall(name)):
            if word[0].islower():
                votes[form_of(word).key] += number
            elif place:
                votes[form_of(word).key] -= number
    return frozenset(word for word, balance in votes.items() if balance > 0)


def parse_name(name: str, row: int, common: frozenset[str]) -> Parsed | None:
    """The words of a proper name, None for any other."""
    form = form_of(_ASIDE.sub(" ", name))
    words = list(form.words)
    while len(words) > 1 and words[0] in TITLES:
        words.pop(0)
    generation: list[str] = []
    while len(words) > 1 and words[-1] in GENERATIONS:
        generation.append(words.pop())
    content = content_words(tuple(words))
    if not words or any(map(has_digit, words)) or len(words) > _MAX_WORDS:
        return None
    written = _WORD.findall(name)
    small = {form_of(word).key for word in written if word[0].islower()}
    # Markup and code have words that the form joins, so that none of them is found among the small.
    if not any(word[0].isupper() for word in written):
        return None
    if small.intersection(content) or common.issuperset(content):
        return None
    letters = name.replace(".", "")
    is_acronym = letters.isalpha() and letters.isupper() and len(words) == 1
    fits = is_acronym and len(letters) <= _MAX_ACRONYM
    return Parsed(row, tuple(words), tuple(generation), words[0] if fits else "")


def short_forms(words: Key, kind: Kind = "") -> Iterator[Key]:
    """What a name of these words may be shortened to, and its own words."""
    yield words
    rest = _of_state(words)
    if rest:
        yield rest
    for start in range(1, len(words) - 1):
        # "Supreme Court" for United States Supreme Court.
        if not _changes(words[:start]) and not _JOINING.intersection(words[start - 1 : start + 1]):
            yield words[start:]
    for end in range(1, len(words)):
        completed = COMPANY if end == 1 else COMPLETIONS
        if completed.issuperset(words[end:]):
            yield words[:end]
    # Equatorial Guinea is not called Guinea.
    if kind in _NAMED_LIKE_PEOPLE and _may_be_person(words):
        yield from _given_names_shortened(words)


def _without_region(words: Key, kind: Kind, regions: frozenset[Key]) -> Iterator[Key]:
    if kind in _LOCATED:
        yield from (words[:end] for end in range(1, len(words)) if words[end:] in regions)


def called_by_first_name(words: Key) -> Iterator[Key]:
    """The first name, of what may be a person's name."""
    if _may_be_person(words):
        yield words[:1]


def _given_names_shortened(words: Key) -> Iterator[Key]:
    """Each given name in full, as its initial, or left out; the last name always."""
    *given, last = words
    for choice in itertools.product(*(((word,), (word[:1],), ()) for word in given)):
        yield (*itertools.chain(*choice), last)


def _may_be_person(words: Key) -> bool:
    return (
        1 < len(words) <= _MAX_GIVEN + 1
        and not _JOINING.intersection(words)
        and not HEADS.intersection(words)
        and not _changes(words[:-1])
    )


def _changes(words: Iterable[str]) -> bool:
    return any(word in OTHERS or word in DIRECTIONS for word in words)


def _of_state(words: Key) -> Key:
    """What is left of "Republic of Karelia"; nothing of other names."""
    start = 1 if words[0] in OF_STATES else 0
    if len(words) < start + 3 or words[start] not in STATES or words[start + 1] != "of":
        return ()
    rest = words[start + 2 :]
    rest = rest[1:] if rest[0] == "the" else rest
    return () if SHARED_NAMES.intersection(rest) else rest


def _initials(words: Key) -> set[str]:
    said = ("".join(word[0] for word in some) for some in (words, content_words(words)))
    # Two letters are a person's initials as well, so that a head noun must tell: United States.
    least = _MIN_ACRONYM - 1 if HEADS.intersection(words) else _MIN_ACRONYM
    return {letters for letters in said if len(letters) >= least}


def _by_key(entries: Iterable[tuple[Key, int]]) -> dict[Key, set[int]]:
    table: defaultdict[Key, set[int]] = defaultdict(set)
    for key, row in entries:
        table[key].add(row)
    return table


def _join(
    shorts: Iterable[Parsed],
    longer: Mapping[Key, set[int]],
    reason: str,
    *,
    names: Sequence[Written],
    clusters: Clusters,
) -> list[Join]:
    """Join each short name to the most mentioned of its longer ones, if they are of one cluster."""
    joins = []
    for short in sorted(shorts, key=lambda one: (-len(one.words), names[one.row].names[0])):
        if _names_nothing_alone(short.words) or names[short.row].listed:
            continue
        kind = names[short.row].kind
        fitting = [
            row
            for row in longer.get(short.words, ())
            if row != short.row and not kinds_clash(kind, names[row].kind)
        ]
        if len({clusters.of[row] for row in fitting}) == 1:
            long = min(fitting, key=lambda row: (-names[row].mentions, names[row].names[0]))
            if clusters.merge(short.row, long):
                joins.append(Join(short.row, long, reason))
    return joins


def _names_nothing_alone(words: Key) -> bool:
    """Whether a short name of these words is too vague to stand for one thing."""
    return len(words) == 1 and words[0] in HEADS
