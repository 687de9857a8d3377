"""What a negation, a hedge or another name in a window bears upon."""

from collections.abc import Iterable, Sequence

from kgpipe.text.tokens import singular, stop_words
from kgpipe.verify.lexicon import cues
from kgpipe.verify.mentions import Mention
from kgpipe.verify.question import Question
from kgpipe.verify.windows import Window

# Words between a negation and the predicate that it denies, and behind the predicate.
_SCOPE_BEFORE, _SCOPE_BEHIND = 4, 2
_CLAUSE_MARKS = frozenset(".;:!?\n")
_CONTRASTS = frozenset({"but", "while", "whereas", "although", "pero", "mas", "mientras"})


def is_negated(window: Window, predicate: Sequence[int], ends: Sequence[Mention]) -> bool:
    """Whether a negation has the predicate in its scope, or stands beside the ends.

    A clause border stops it: "it is no country. It has 402 hectares" denies no hectares.
    """
    cue_words, exempt = cues("negation", window.language), cues("not_negation", window.language)
    forms = [token.form for token in window.tokens]
    denials = [
        index
        for index, form in enumerate(forms)
        if form in cue_words and not (index + 1 < len(forms) and forms[index + 1] in exempt)
    ]
    if not predicate:
        inside = any(end.first <= index <= end.last for index in denials for end in ends)
        last = max(end.first for end in ends)
        return not inside and any(_in_clause(window, index, last) for index in denials)
    return any(
        place - _SCOPE_BEFORE <= index <= place + _SCOPE_BEHIND and _in_clause(window, index, place)
        for index in denials
        for place in predicate
    )


def is_hedged(window: Window, places: Iterable[int]) -> bool:
    """Whether a word of doubt stands in one clause with one of the places."""
    cue_words = cues("hedge", window.language)
    doubts = [
        index
        for index, token in enumerate(window.tokens)
        # Within a sentence a capital makes a name or a month of it ("in May").
        if token.form in cue_words and not (index and window.text[token.start].isupper())
    ]
    return bool(doubts) and any(
        _in_clause(window, doubt, place) for place in places for doubt in doubts
    )


def names_another(window: Window, question: Question) -> bool:
    """Whether the sentence itself names something that the claim does not, as its subject may be.

    A capitalised word that begins the sentence counts unless it is a function word.
    """
    known = {word for end in (question.subject, question.object)
             for name in end.names for word in name.words}  # fmt: skip
    known |= {singular(word) for word in question.predicate}
    body = window.tokens[window.context :]
    return any(
        window.text[token.start].isupper()
        and token.form not in stop_words("en" if index else "")
        and singular(token.form) not in known
        and not _is_bracketed(window, token.start, token.end)
        and not any(a.start <= token.start < a.end for a in window.amounts)
        for index, token in enumerate(body)
    )


def _is_bracketed(window: Window, start: int, end: int) -> bool:
    """Whether the word stands alone in brackets, as an acronym of what comes before."""
    return window.text[start - 1 : start] == "(" and window.text[end : end + 1] == ")"


def _in_clause(window: Window, left: int, right: int) -> bool:
    """Whether no clause border parts two words."""
    left, right = sorted((left, right))
    if left < window.context <= right:
        return False
    between = window.tokens[left + 1 : right]
    if any(token.form in _CONTRASTS for token in between):
        return False
    return not any(
        mark in window.text[before.end : after.start]
        for before, after in zip(window.tokens[left:right], window.tokens[left + 1 : right + 1],
                                 strict=True)
        for mark in _CLAUSE_MARKS
    )  # fmt: skip
