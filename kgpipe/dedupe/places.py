"""Place names across scripts and spellings: Colombia, Kolumbija and Колумбия.

Names of places are taken over by sound, names of other things are translated or kept. So places
whose names sound alike in Latin letters are one; what the sound forgets is kept small, since
Niger is not Nigeria and Mali not Malé.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from anyascii import anyascii
from rapidfuzz.distance import OSA

from kgpipe.dedupe.joins import Clusters, Join, Written
from kgpipe.dedupe.name_words import SHARED_NAMES
from kgpipe.dedupe.normalise import has_digit
from kgpipe.types import Kind

SAME_SOUND = "same_sound"
_PLACES: frozenset[Kind] = frozenset({"place", "site"})
_PARTS = re.compile(r"[^a-z]+")
# Letters that languages exchange, the longer first.
_SOUNDS = (
    ("sch", "s"), ("tsh", "s"), ("sh", "s"), ("ph", "f"), ("kh", "k"), ("ch", "k"), ("x", "ks"),
    ("h", ""), ("c", "k"), ("q", "k"), ("w", "v"), ("y", "i"), ("j", "i"), ("z", "s"),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1+")
_ENDING = re.compile(r"[aeiou]+$")
_VOWELS = str.maketrans("oeu", "aia")
# Vowels of shorter words tell places apart: Mali, Malé.
_MIN_VOWELS = 5
# Shorter sounds are of many places; in long ones a letter more or less is another spelling.
_MIN_SOUND, _MIN_MISSPELT = 4, 9
# A country's code says nothing by its sound.
_MAX_CODE = 3


def join_places(names: Sequence[Written], *, clusters: Clusters) -> list[Join]:
    """Join the places that sound alike, each to the one of them that is mentioned most.

    Two names that an alias table holds as different are never joined.

    Args:
        names: all of a corpus; those of other kinds than places are left alone.
        clusters: of these names; it grows with the joins.
    """
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if name.kind in _PLACES and (sound := sound_of(name.names[0])):
            rows[sound].append(row)
    joins = []
    for group in _close_sounds(rows):
        main, *others = sorted(group, key=lambda row: (-names[row].mentions, names[row].names[0]))
        if len({clusters.of[row] for row in group if names[row].listed}) > 1:
            continue
        joins += [Join(row, main, SAME_SOUND) for row in others if clusters.merge(row, main)]
    return joins


def sound_of(name: str) -> str:
    """How a place's name sounds, in a few letters; "" where that is too little to tell."""
    latin = anyascii(name.replace("-", " "))
    # Numbers do not sound: 9 airstrips are not 19.
    if has_digit(latin) or (latin.isupper() and len(latin) <= _MAX_CODE):
        return ""
    words = _PARTS.split(latin.casefold().replace("'", ""))
    sound = "".join(map(_sound, words))
    return "" if len(sound) < _MIN_SOUND or SHARED_NAMES.intersection(words) else sound


def _sound(word: str) -> str:
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    word = _DOUBLED.sub(r"\1", word)
    if len(word) < _MIN_VOWELS:
        return word
    stem = _ENDING.sub("", word)
    # Colombia ends as Kolombie does, Colombo as Argentina, Niger as neither.
    ending = word[len(stem) : len(stem) + 1]
    return _DOUBLED.sub(r"\1", stem.translate(_VOWELS)) + (
        ending and ("i" if ending == "i" else "a")
    )


def _close_sounds(rows: dict[str, list[int]]) -> Iterator[list[int]]:
    """Rows of one sound, then of two long sounds that differ by one letter."""
    yield from (rows[sound] for sound in sorted(rows))
    near: defaultdict[str, list[str]] = defaultdict(list)
    for sound in sorted(rows):
        if len(sound) >= _MIN_MISSPELT:
            for shorter in {sound, *(sound[:at] + sound[at + 1 :] for at in range(len(sound)))}:
                near[shorter].append(sound)
    for _, (first, *others) in sorted(near.items()):
        for other in others:
            if OSA.distance(first, other, score_cutoff=1) <= 1:
                yield [*rows[first], *rows[other]]
