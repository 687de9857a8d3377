"""Whether an amount in a text agrees with a claimed one, rivals it, or is about something else."""

from typing import Literal

from kgpipe.verify.amounts import Amount, Date
from kgpipe.verify.lexicon import synonyms

Relation = Literal["equal", "rival", "other"]

# Figures are rounded when they are retold: .5 %, and 10 % where a text says "about".
_TOLERANCE = 0.005
_ROUGH_TOLERANCE = 0.1
# Plain numbers from here on are rarely the same by chance, whatever noun stands behind them.
_TELLING_NUMBER = 100


def compare(claimed: Amount, stated: Amount) -> Relation:
    """Compare two amounts.

    Rivals have one unit, or count one noun, or are both dates or codes of one shape, and differ.
    A stated bound ("more than 5 t") agrees with nothing and rivals only what it excludes.
    """
    if claimed.code or stated.code:
        return _compare_codes(claimed.code, stated.code)
    if claimed.date and (stated.date or not claimed.values):
        return _compare_dates(claimed.date, stated.date) if stated.date else "other"
    if not claimed.values or not stated.values or claimed.unit != stated.unit:
        return "other"
    if _is_near(claimed, stated):
        return "equal" if _counts_the_same(claimed, stated) else "other"
    if stated.bound in ("min", "max"):
        above = max(claimed.values) > min(stated.values)
        return "other" if above == (stated.bound == "min") else "rival"
    comparable = claimed.unit or _share_noun(claimed, stated)
    return "rival" if comparable else "other"


def _compare_codes(claimed: str, stated: str) -> Relation:
    if claimed == stated:
        return "equal"
    shapes = [[len(group) for group in code.split("-")] for code in (claimed, stated)]
    return "rival" if shapes[0] == shapes[1] else "other"


def _compare_dates(claimed: Date, stated: Date) -> Relation:
    """Dates agree if they differ in nothing that both say; they need one part in common."""
    shared = [(left, right) for left, right in zip(claimed, stated, strict=True) if left and right]
    if not shared:
        return "other"
    return "equal" if all(left == right for left, right in shared) else "rival"


def _is_near(claimed: Amount, stated: Amount) -> bool:
    rough = "about" in (claimed.bound, stated.bound)
    tolerance = _ROUGH_TOLERANCE if rough else _TOLERANCE
    return any(
        abs(left - right) <= tolerance * max(abs(left), abs(right))
        for left in claimed.values
        for right in stated.values
    )


def _counts_the_same(claimed: Amount, stated: Amount) -> bool:
    if claimed.unit or not claimed.nouns or not stated.nouns:
        return True
    telling = min(claimed.values) >= _TELLING_NUMBER or min(claimed.values) % 1 != 0
    return telling or _share_noun(claimed, stated)


def _share_noun(claimed: Amount, stated: Amount) -> bool:
    """Whether both may count the same things, in these or other words."""
    return any(not stated.nouns.isdisjoint(synonyms(noun)) for noun in claimed.nouns)
