"""How the amounts of a window stand to the claimed ones, and which of them may be meant."""

from typing import Literal

from kgpipe.verify.agree import compare
from kgpipe.verify.amounts import Amount
from kgpipe.verify.mentions import Mention
from kgpipe.verify.windows import Window

ValueRelation = Literal["equal", "rival", "other"]

# A clause border between a number and a name weighs as many words: in "A has 2 mines and B has 3"
# the 3 belongs to B.
_BORDER_WORDS = 10
BORDERS = frozenset({"and", "but", "while", "whereas", "y", "e", "et", "pero", "mas"})
# A semicolon parts more than a comma does.
_BORDER_MARKS = {",": 1, ";": 2}
_RESPECTIVELY = frozenset({"respectively", "respectivamente"})
# Numbers of so many significant digits are rarely the same by chance.
_TELLING_DIGITS = 3


def is_telling(amount: Amount) -> bool:
    """Whether the amount alone nearly tells a fact: three significant digits, a day, a code."""
    if amount.code:
        return True
    if amount.date is not None:
        return all(amount.date)
    return any(len(f"{value:.9g}".replace(".", "").strip("0")) >= _TELLING_DIGITS
               for value in amount.values)  # fmt: skip


def find_equal(window: Window, claimed: tuple[Amount, ...]) -> Mention | None:
    """Where the window states one of the claimed amounts, as a mention of it."""
    for stated in window.amounts:
        if any(compare(amount, stated) == "equal" for amount in claimed):
            inside = [
                index
                for index, token in enumerate(window.tokens)
                if stated.start <= token.start < stated.end
            ]
            if inside:
                return Mention(inside[0], inside[-1], 1.0)
    return None


def relate_values(window: Window, claimed: tuple[Amount, ...], named: Mention) -> ValueRelation:
    """How the window's amounts stand to the claimed ones.

    The amount nearest to the named end decides. Where that one is a rival and the claimed value
    stands elsewhere in the window, or the two are matched by "respectively", nothing can be told.
    """
    relations = {_relate_nearest(window, amount, named)[0] for amount in claimed}
    if "other" in relations:
        return "other"
    return "rival" if "rival" in relations else "equal"


def find_rival(window: Window, claimed: tuple[Amount, ...], named: Mention) -> str:
    """The amount that rivals a claimed one, as the window writes it; "" for none."""
    for amount in claimed:
        relation, nearest = _relate_nearest(window, amount, named)
        if relation == "rival" and nearest:
            return window.text[nearest.start : nearest.end]
    return ""


def _relate_nearest(
    window: Window, claimed: Amount, named: Mention
) -> tuple[ValueRelation, Amount | None]:
    """How the nearest comparable amount stands to a claimed one, and which it is."""
    comparable = [
        (_distance(window, stated, named), relation, stated)
        for stated in window.amounts
        if (relation := compare(claimed, stated)) != "other"
    ]
    if not comparable:
        return "other", None
    if len(window.amounts) > 1 and any(t.form in _RESPECTIVELY for t in window.tokens):
        return "other", None
    _, nearest, amount = min(comparable, key=lambda found: found[:2])
    if nearest == "equal":
        return "equal", amount
    clear = all(relation == "rival" for _, relation, _ in comparable)
    return "rival" if clear and not _is_coordinated(window, amount, named) else "other", amount


def _distance(window: Window, amount: Amount, mention: Mention) -> int:
    """Words between an amount and a mention, clause borders counted as many.

    A mention in the context of the window is equally far from all its amounts.
    """
    if mention.first < window.context:
        return 0
    left, right = _gap(window, amount, mention)
    between = [token for token in window.tokens if left <= token.start and token.end <= right]
    borders = sum(token.form in BORDERS for token in between)
    borders += sum(_BORDER_MARKS.get(char, 0) for char in window.text[left:right])
    return len(between) + _BORDER_WORDS * borders


def _is_coordinated(window: Window, amount: Amount, mention: Mention) -> bool:
    """Whether an "and" parts the two, so that the amount may be that of another subject."""
    if mention.first < window.context:
        return False
    left, right = _gap(window, amount, mention)
    return any(t.form in BORDERS for t in window.tokens if left <= t.start and t.end <= right)


def _gap(window: Window, amount: Amount, mention: Mention) -> tuple[int, int]:
    first, last = window.tokens[mention.first], window.tokens[mention.last]
    if last.end <= amount.start:
        return last.end, amount.start
    return amount.end, first.start
