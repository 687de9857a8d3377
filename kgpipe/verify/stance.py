"""What one window says about a claim: the rules, before any weight."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from kgpipe.text.tokens import are_related, stop_words
from kgpipe.verify.agree import compare
from kgpipe.verify.amounts import Amount
from kgpipe.verify.lexicon import are_opposites, cues
from kgpipe.verify.mentions import Mention, Name, Target, family_names, find_mention
from kgpipe.verify.question import Question
from kgpipe.verify.windows import Window

Finding = Literal[
    "stated", "similar", "linked", "negated", "opposite", "rival_value", "rival_name", "mentioned"
]

# Words between a negation and the predicate that it denies, and behind the predicate.
_SCOPE_BEFORE, _SCOPE_BEHIND = 4, 2
# A clause border between a number and a name weighs as many words: in "A has 2 mines and B has 3"
# the 3 belongs to B.
_BORDER_WORDS = 10
# Words between the two ends: of one statement with a verb, of one with "is" or "has"; and between
# an end and a predicate that does not stand between the two. Against no limits they halve the
# false statements on the FactBench development half (13 to 7) and keep 94 of 116 true ones.
_STATED_WORDS, _LINKED_WORDS, _PREDICATE_WORDS = 25, 10, 8
_BORDERS = frozenset({"and", "but", "while", "whereas", "y", "e", "et", "pero", "mas"})
# A name behind such a word is the part or origin of something else, not what the sentence is about.
_DEPENDENT = frozenset({"of", "near", "from", "than", "between", "to", "de", "del", "do", "da"})
_ARTICLES = frozenset({"the", "a", "an", "el", "la", "los", "las", "o", "os", "as"})
_RESPECTIVELY = frozenset({"respectively", "respectivamente"})
# Words between a subject, its predicate and the link word that leads to the object.
_LINK_WORDS = 3


class Reading(NamedTuple):
    """A window's finding; `strength` is that of the weaker mention; hedged unless the claim is."""

    finding: Finding
    strength: float
    hedged: bool
    subject: Mention | None
    object: Mention | None


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
    hedged = not question.hedged and _has_cue(window, "hedge")
    predicate = _predicate_places(window, question)
    if object_ is None:
        plain = window.sentences == 1 and not question.negated and not hedged
        rival = plain and _has_rival_name(window, question, subject, predicate)
        return Reading("rival_name", subject.strength, hedged, subject, None) if rival else None
    if _overlap(question, subject, object_):
        return None
    named = subject if question.subject.names else object_
    value = _value_relation(window, question, named)
    finding = (
        _read_rival(window, question, subject, predicate)
        if value == "rival"
        else _read_statement(window, question, subject, predicate)
    )
    if finding is None or value == "other":
        return None
    if _is_far(question, subject, object_, predicate):
        finding = "mentioned"
    return Reading(finding, min(subject.strength, object_.strength), hedged, subject, object_)


def _read_rival(
    window: Window, question: Question, subject: Mention, predicate: Sequence[int]
) -> Finding | None:
    """A refutation where one sentence plainly says the same of the subject with another value."""
    said = bool(predicate) or not question.predicate
    if window.sentences > 1 or not said or question.negated or _is_dependent(window, subject):
        return None
    return None if _is_negated(window, predicate, subject) else "rival_value"


def _read_statement(
    window: Window, question: Question, subject: Mention, predicate: Sequence[int]
) -> Finding | None:
    """What is said where both ends are mentioned and all claimed values agree."""
    if _is_opposite(window, question):
        return "opposite"
    agrees = _is_negated(window, predicate, subject) == question.negated
    if predicate:
        return "stated" if agrees else "negated"
    if question.predicate:
        return "mentioned" if agrees else None
    if not agrees:
        return "negated"
    # "has", "is in": an equal number beside the subject says as much as a verb would.
    return "stated" if question.subject.amounts or question.object.amounts else "linked"


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
    """Where the names of a target stand; its numbers are compared elsewhere."""
    if not target.names:
        return Mention(0, 0, 1.0) if target.amounts else None
    names: Sequence[Name] = target.names
    found = find_mention(window.text, window.tokens, names)
    if found is None and repeated:
        found = find_mention(window.text, window.tokens, family_names(names))
    return found


def _value_relation(window: Window, question: Question, named: Mention) -> str:
    """How the window's amounts stand to the claimed ones: equal, rival or other.

    The amount nearest to the named end decides. Where that one is a rival and the claimed value
    stands elsewhere in the window, or the two are matched by "respectively", nothing can be told.
    """
    claimed = (*question.subject.amounts, *question.object.amounts)
    relations = {_nearest_relation(window, amount, named) for amount in claimed}
    if "other" in relations:
        return "other"
    return "rival" if "rival" in relations else "equal"


def _nearest_relation(window: Window, claimed: Amount, named: Mention) -> str:
    comparable = [
        (_distance(window, stated, named), relation, stated)
        for stated in window.amounts
        if (relation := compare(claimed, stated)) != "other"
    ]
    if not comparable:
        return "other"
    if len(window.amounts) > 1 and any(t.form in _RESPECTIVELY for t in window.tokens):
        return "other"
    _, nearest, amount = min(comparable, key=lambda found: found[:2])
    if nearest == "equal":
        return "equal"
    clear = all(relation == "rival" for _, relation, _ in comparable)
    return "rival" if clear and not _is_coordinated(window, amount, named) else "other"


def _distance(window: Window, amount: Amount, mention: Mention) -> int:
    """Words between an amount and a mention, clause borders counted as many."""
    left, right = _gap(window, amount, mention)
    between = [token for token in window.tokens if left <= token.start and token.end <= right]
    borders = sum(token.form in _BORDERS for token in between)
    borders += sum(char in ";," for char in window.text[left:right])
    return len(between) + _BORDER_WORDS * borders


def _is_coordinated(window: Window, amount: Amount, mention: Mention) -> bool:
    """Whether an "and" parts the two, so that the amount may be that of another subject."""
    left, right = _gap(window, amount, mention)
    return any(t.form in _BORDERS for t in window.tokens if left <= t.start and t.end <= right)


def _gap(window: Window, amount: Amount, mention: Mention) -> tuple[int, int]:
    first, last = window.tokens[mention.first], window.tokens[mention.last]
    if last.end <= amount.start:
        return last.end, amount.start
    return amount.end, first.start


def _predicate_places(window: Window, question: Question) -> list[int]:
    """Token indices of the predicate's words, if at least half of them are there."""
    places = [
        [index for index, token in enumerate(window.tokens) if are_related(token.form, word)]
        for word in question.predicate
    ]
    found = [place for place in places if place]
    return sorted({i for place in found for i in place}) if 2 * len(found) >= len(places) else []


def _is_negated(window: Window, predicate: Sequence[int], subject: Mention) -> bool:
    """Whether a negation has the predicate in its scope, or stands at all if there is none."""
    cue_words, exempt = cues("negation", window.language), cues("not_negation", window.language)
    forms = [token.form for token in window.tokens]
    denials = [
        index
        for index, form in enumerate(forms)
        if form in cue_words and not (index + 1 < len(forms) and forms[index + 1] in exempt)
    ]
    if not predicate:
        return any(index > subject.last or index < subject.first for index in denials)
    return any(
        place - _SCOPE_BEFORE <= index <= place + _SCOPE_BEHIND
        for index in denials
        for place in predicate
    )


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


def _has_cue(window: Window, kind: str) -> bool:
    return any(token.form in cues(kind, window.language) for token in window.tokens)


def _is_other_time(window: Window, question: Question) -> bool:
    stated = {amount.date[0] for amount in window.amounts if amount.date and amount.date[0]}
    return bool(question.years and stated and not question.years & stated)


def _has_rival_name(
    window: Window, question: Question, subject: Mention, predicate: Sequence[int]
) -> bool:
    """Whether another proper name stands where the claim has its object ("lies in Cameroon")."""
    if question.link not in stop_words() or not any(n.proper for n in question.object.names):
        return False
    for index, (link, name) in enumerate(pairwise(window.tokens)):
        leads = link.form == question.link and window.text[link.end : name.start] == " "
        follows = any(
            subject.last < place <= subject.last + _LINK_WORDS
            and place <= index <= place + _LINK_WORDS
            for place in predicate
        )
        if leads and follows and window.text[name.start].isupper():
            return True
    return False
