"""Names of reviewers that may be one person's, spelt in two ways."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection

from rapidfuzz.distance import OSA

# Letters that a name must have for one slip (wrong, missing, doubled, swapped) and for two: "Ana"
# and "Ina" are more likely two people.
_LETTERS_FOR_ONE, _LETTERS_FOR_TWO = 4, 8


def find_alike(names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Names that differ in nothing but case and blanks, together."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        alike[_folded(name)].append(name)
    return tuple(tuple(found) for found in alike.values() if len(found) > 1)


def find_near(new: Collection[str], names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Each name of `new` with the one of `names` that it is a slip or two away from.

    Names that differ in a digit ("R1", "R2") are meant to differ. Of several names the nearest is
    told, and of two new names one as the other's.
    """
    found: dict[str, str] = {}
    for name in sorted(new):
        near = [
            (slips, other)
            for other in sorted(names)
            if found.get(other) != name and (slips := _count_slips(name, other))
        ]
        if near:
            found[name] = min(near)[1]
    return tuple(found.items())


def _count_slips(one: str, other: str) -> int:
    """One or two, or 0 where the names are the same but for case and blanks, or too far apart."""
    left, right = _folded(one), _folded(other)
    shorter = min(len(left), len(right))
    if _digits(left) != _digits(right) or shorter < _LETTERS_FOR_ONE:
        return 0
    most = 2 if shorter >= _LETTERS_FOR_TWO else 1
    # What is farther apart than the cutoff is counted as the cutoff and one.
    slips = OSA.distance(left, right, score_cutoff=most)
    return slips if slips <= most else 0


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).casefold().split())


def _digits(name: str) -> str:
    return "".join(char for char in name if char.isdigit())
