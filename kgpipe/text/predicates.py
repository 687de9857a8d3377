"""Relations in one form: case, blanks, third person, forms of be, leading auxiliaries.

Words are never exchanged for others and their order stays, so a relation cannot meet its inverse
("exports", "be exported by") or its negation.
"""

from kgpipe.text.normalise import normalise_name
from kgpipe.text.tokens import singular

_BE = frozenset({"am", "is", "are", "was", "were", "be", "been", "being"})
_HAVE = frozenset({"have", "has", "had"})
_DO = frozenset({"do", "does", "did"})
# Participles that do not end in -ed and follow "have" in reports.
_IRREGULAR = frozenset(
    {
        "been",
        "become",
        "begun",
        "brought",
        "built",
        "come",
        "cut",
        "done",
        "fallen",
        "found",
        "given",
        "gone",
        "grown",
        "had",
        "held",
        "kept",
        "led",
        "left",
        "lost",
        "made",
        "met",
        "paid",
        "risen",
        "said",
        "seen",
        "sent",
        "set",
        "shown",
        "sold",
        "spent",
        "taken",
        "written",
    }
)


def canonical_predicate(predicate: str) -> str:
    """Return the form under which a relation is folded; idempotent.

    Tense is kept where it is not an auxiliary's ("exported", "export"): it may be what two facts
    differ in. A modal verb is kept as well.
    """
    words = normalise_name(predicate).split()
    while len(words) > 1 and _is_auxiliary(words[0], words[1]):
        # The auxiliary may have hidden an article from the normalisation.
        words = normalise_name(" ".join(words[1:])).split()
    return " ".join([_base(word, first=index == 0) for index, word in enumerate(words)])


def _is_auxiliary(word: str, following: str) -> bool:
    if word in _DO:
        return following != "not"
    return word in _HAVE and (following.endswith("ed") or following in _IRREGULAR)


def _base(word: str, *, first: bool) -> str:
    if word in _BE:
        return "be"
    if word in _HAVE:
        return "have"
    if word in _DO:
        return "do"
    # Only the first word is the verb: "is a sources of" keeps its noun as it stands.
    return singular(word) if first else word
