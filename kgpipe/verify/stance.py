"""What one window says about a claim: the rules, before any weight."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Literal, NamedTuple

from kgpipe.text.tokens import are_related, stop_words
from kgpipe.verify.lexicon import are_opposites, synonyms
from kgpipe.verify.mentions import Mention, Name, Target, family_names, find_mention
from kgpipe.verify.question import Question
from kgpipe.verify.scope import is_hedged, is_negated, names_another
from kgpipe.verify.values import find_equal, find_rival, is_telling, relate_values
from kgpipe.verify.windows import Window

Finding = Literal[
    "stated",
    "figure",
    "similar",
    "linked",
    "negated",
    "opposite",
    "rival_value",
    "rival_name",
    "mentioned",
]

# Words between the two ends: of one statement with a verb, of one with "is" or "has"; and between
# an end and a predicate that does not stand between the two. Against no limits they halve the
# false statements on the FactBench development half (13 to 7) and keep 94 of 116 true ones.
_STATED_WORDS, _LINKED_WORDS, _PREDICATE_WORDS = 25, 10, 8
# A name behind such a word is the part or origin of something else, not what the sentence is about.
_DEPENDENT = frozenset({"of", "near", "from", "than", "between", "to", "de", "del", "do", "da"})
_ARTICLES = frozenset({"the", "a", "an", "el", "la", "los", "las", "o", "os", "as"})
# One place is in, or belongs to, one other: with a synonym of the predicate its link may change.
_PLACE_LINKS = ("in", "to")
# Words between a subject, its predicate and the link word that leads to the object.
_LINK_WORDS = 3


class Reading(NamedTuple):
    """A window's finding; `strength` is that of the weaker mention; hedged unless the claim is.

    `rival` is what the window states instead, where its finding is a rival.
    """

    finding: Finding
    strength: float
    hedged: bool
    subject: Mention | None
    object: Mention | None
    rival: str = ""


def read_window(window: Window, question: Question, *, repeated: bool) -> Reading | None:
    """Read one window; None if it does not speak to the claim.

    Args:
        window: one sentence or two.
        question: the prepared claim.
        repeated: the passage names subject and object in full, so that a family name means them.

    Returns:
        The finding. "mentioned": both ends stand there, but no word of the predicate.
    """
    subject = _mention(window, question.subject, repeated)
    if subject is None or _is_other_time(window, question):
        return None
    object_ = _mention(window, question.object, repeated)
    predicate = _predicate_places(window, question)
    places = [*predicate, *(end.first for end in (subject, object_) if end)]
    places = [place for place in places if place >= window.context]
    hedged = not question.hedged and is_hedged(window, places)
    if object_ is None:
        plain = _is_plain(window, question) and not hedged
        rival = _find_rival_name(window, question, subject, predicate) if plain else ""
        reading = Reading("rival_name", subject.strength, hedged, subject, None, rival)
        return reading if rival else None
    if _overlap(question, subject, object_) or not _is_carried_well(
        window, question, subject, object_
    ):
        return None
    ends = (subject, object_)
    named = object_ if _is_named_by_object(question) else subject
    value = relate_values(window, question.amounts, named)
    finding = (
        _read_rival(window, question, named, predicate)
        if value == "rival"
        else _read_statement(window, question, ends, predicate)
    )
    if finding is None or value == "other":
        return None
    turned = window.sentences > 1 and not window.context and object_.first < subject.first
    if turned or _is_far(question, subject, object_, predicate):
        finding = "mentioned"
    rival = find_rival(window, question.amounts, named) if finding == "rival_value" else ""
    strength = min(subject.strength, object_.strength)
    return Reading(finding, strength, hedged, subject, object_, rival)


def _is_named_by_object(question: Question) -> bool:
    """Whether the object is the end that has a name, and the subject the one that has a value."""
    value_first = bool(question.subject.amounts and not question.object.amounts)
    return bool(question.object.names) and (not question.subject.names or value_first)


def _is_carried_well(
    window: Window, question: Question, subject: Mention, object_: Mention
) -> bool:
    """Whether a sentence with one end in its context can be about that one alone."""
    if not window.context:
        return True
    valued = subject if question.subject.amounts else object_
    inside = max(valued.first, object_.first) >= window.context
    # A pronoun goes back to one subject, whatever else is named behind it.
    return inside and (window.sentences > 1 or not names_another(window, question))


def _is_plain(window: Window, question: Question) -> bool:
    """Whether a rival in the window would refute: one plain sentence, with its context at most."""
    return not question.negated and (window.sentences == 1 or window.context > 0)


def _read_rival(
    window: Window, question: Question, named: Mention, predicate: Sequence[int]
) -> Finding | None:
    """A refutation where one sentence plainly says the same of the subject with another value.

    A thing without a name of its own ("formalization") may be that of whoever else is named.
    """
    said = bool(predicate) or not question.predicate
    if not said or not _is_plain(window, question) or _is_dependent(window, named):
        return None
    ends = (question.subject, question.object)
    has_name = any(name.proper for end in ends for name in end.names)
    if not has_name and names_another(window, question):
        return None
    return None if is_negated(window, predicate, (named,)) else "rival_value"


def _read_statement(
    window: Window, question: Question, ends: Sequence[Mention], predicate: Sequence[int]
) -> Finding | None:
    """What is said where both ends are mentioned and all claimed values agree."""
    if _is_opposite(window, question):
        return "opposite"
    agrees = is_negated(window, predicate, ends) == question.negated
    if predicate:
        return "stated" if agrees else "negated"
    if question.predicate:
        telling = any(map(is_telling, question.amounts))
        return ("figure" if telling else "mentioned") if agrees else None
    if not agrees:
        return "negated"
    # "has", "is in": an equal number beside the subject says as much as a verb would.
    return "stated" if question.amounts else "linked"


def _is_far(
    question: Question, subject: Mention, object_: Mention, predicate: Sequence[int]
) -> bool:
    """Whether too many words part the ends and the predicate, as in long legal sentences."""
    if not (question.subject.names and question.object.names):
        return False
    left, right = sorted([subject, object_], key=lambda mention: mention.first)
    if not question.predicate:
        return right.first - left.last > _LINKED_WORDS
    near = not predicate or any(
        left.first - _PREDICATE_WORDS <= place <= right.last + _PREDICATE_WORDS
        for place in predicate
    )
    return right.first - left.last > _STATED_WORDS or not near


def _overlap(question: Question, subject: Mention, object_: Mention) -> bool:
    """Whether one mention is taken for both ends ("mercury" in "mercury amalgamation")."""
    named = bool(question.subject.names and question.object.names)
    return named and subject.first <= object_.last and object_.first <= subject.last


def _mention(window: Window, target: Target, repeated: bool) -> Mention | None:
    """Where the names of a target stand, or its number if that one is telling by itself."""
    value = find_equal(window, target.amounts)
    if not target.names:
        return (value or Mention(window.context, window.context, 1.0)) if target.amounts else None
    names: Sequence[Name] = target.names
    found = find_mention(window.text, window.tokens, names)
    if found is None and repeated:
        found = find_mention(window.text, window.tokens, family_names(names))
    if found is None and value is not None and all(map(is_telling, target.amounts)):
        return value
    return found


def _predicate_places(window: Window, question: Question) -> list[int]:
    """Token indices of the predicate's words, if at least half of them are there."""
    places = [
        [
            index
            for index, token in enumerate(window.tokens)
            if are_related(token.form, word)
            or token.form in synonyms(word)
            or any(are_related(token.form, form) for form in abroad)
        ]
        for word, abroad in zip_longest(question.predicate, question.predicate_abroad, fillvalue=())
    ]
    found = [place for place in places if place]
    return sorted({i for place in found for i in place}) if 2 * len(found) >= len(places) else []


def _is_opposite(window: Window, question: Question) -> bool:
    """Whether the window uses the opposite of a predicate word, and not the word itself."""
    forms = {token.form for token in window.tokens}
    return any(
        any(are_opposites(word, form) for form in forms)
        and not any(are_related(word, form) for form in forms)
        for word in question.predicate
    )


def _is_dependent(window: Window, subject: Mention) -> bool:
    before = [token.form for token in window.tokens[max(0, subject.first - 2) : subject.first]]
    while before and before[-1] in _ARTICLES:
        before.pop()
    return bool(before) and before[-1] in _DEPENDENT


def _is_other_time(window: Window, question: Question) -> bool:
    stated = {amount.date[0] for amount in window.amounts if amount.date and amount.date[0]}
    return bool(question.years and stated and not question.years & stated)


def _find_rival_name(
    window: Window, question: Question, subject: Mention, predicate: Sequence[int]
) -> str:
    """Another proper name where the claim has its object ("lies in Cameroon"), or ""."""
    nameless = not question.subject.names
    if (
        nameless
        or question.link not in stop_words()
        or not any(n.proper for n in question.object.names)
    ):
        return ""
    links = _PLACE_LINKS if question.link in _PLACE_LINKS else (question.link,)
    for index, (link, name) in enumerate(pairwise(window.tokens)):
        leads = link.form in links and window.text[link.end : name.start] == " "
        follows = any(
            subject.last < place <= subject.last + _LINK_WORDS
            and place <= index <= place + _LINK_WORDS
            for place in predicate
        )
        if leads and follows and window.text[name.start].isupper():
            return _read_name(window, index + 1)
    return ""


def _read_name(window: Window, first: int) -> str:
    """The name whose capitalised words start with a token."""
    start, end = window.tokens[first].start, window.tokens[first].end
    for token in window.tokens[first + 1 :]:
        joined = window.text[end : token.start] in (" ", "-")
        if not (joined and window.text[token.start].isupper()):
            break
        end = token.end
    return window.text[start:end]
