"""A claim as a judge looks for it in a text: names, numbers, words of its predicate, polarity."""

from typing import NamedTuple

from kgpipe.text.tokens import singular, stop_words, tokenize
from kgpipe.types import Claim, Retrieved
from kgpipe.verify.amounts import Amount, find_amounts
from kgpipe.verify.lexicon import cues
from kgpipe.verify.mentions import Target, read_target
from kgpipe.verify.queries import spell_predicate
from kgpipe.verify.translate import TRANSLATED, names_abroad, translate

# "the year 2030" is 2030.
_DATE_WORDS = frozenset({"year", "date", "day", "ano", "fecha", "data", "annee"})


class Question(NamedTuple):
    """What a window must hold to speak to the claim.

    `predicate` are the folded content words of the predicate without negations, `link` its last
    word ("in" of "lies in"), `years` those of the claim's time. `predicate_abroad` holds what each
    word of the predicate is called in the language of the text, if that is not English.
    """

    subject: Target
    object: Target
    predicate: tuple[str, ...]
    link: str
    negated: bool
    hedged: bool
    years: frozenset[int]
    predicate_abroad: tuple[tuple[str, ...], ...] = ()

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """The claimed amounts of both ends."""
        return (*self.subject.amounts, *self.object.amounts)


def read_question(retrieved: Retrieved, language: str = "en") -> Question:
    """Prepare a claim with its aliases, for texts in a language.

    In Spanish and Portuguese texts, what the table of terms calls its ends and the words of its
    predicate is looked for as well.
    """
    claim = retrieved.claim
    abroad = language in TRANSLATED
    subjects = retrieved.aliases.get(claim.subject_id, ())
    objects = retrieved.aliases.get(claim.object_id, ())
    if abroad:
        subjects += names_abroad(claim.subject, language)
        objects += names_abroad(claim.object, language)
    words = [token.form for token in tokenize(spell_predicate(claim.predicate))]
    negations = cues("negation", "en")
    predicate = tuple(
        dict.fromkeys(w for w in words if w not in stop_words() and w not in negations)
    )
    return Question(
        subject=_target(claim.subject, subjects, (), predicate),
        object=_target(claim.object, objects, _quantity(claim), predicate),
        predicate=predicate,
        link=words[-1] if words else "",
        negated=claim.negated != any(word in negations for word in words),
        hedged=claim.hedged,
        years=frozenset(a.date[0] for a in find_amounts(claim.time or "") if a.date),
        predicate_abroad=tuple(
            tuple(translate(word, language).split()) if abroad else () for word in predicate
        ),
    )


def _quantity(claim: Claim) -> tuple[Amount, ...]:
    """The claim's quantity as an amount, read as if it stood in a text."""
    if claim.quantity is None:
        return ()
    return tuple(find_amounts(f"{claim.quantity.value:.10g} {claim.quantity.unit}"))


def _target(
    name: str, aliases: tuple[str, ...], quantity: tuple[Amount, ...], predicate: tuple[str, ...]
) -> Target:
    """The target of one end; a number without a noun counts what the predicate names."""
    target = read_target((name, *(alias for alias in aliases if alias != name)))
    amounts = target.amounts or quantity
    counted = frozenset(map(singular, predicate))
    # What a number counts stands behind it and need not be met a second time as a name.
    implied = frozenset(noun for amount in amounts for noun in amount.nouns)
    if any(amount.date for amount in amounts):
        implied |= _DATE_WORDS
    names = tuple(n for n in target.names if not frozenset(n.words) <= implied)
    own = read_target((name,)).names
    if amounts and not any(n in names for n in own):
        # A bare value has no other names; its unit may have ("US dollars", "dollars of the USA").
        names = ()
    if not names and not amounts:
        names = target.names
    return Target(
        names,
        tuple(
            a if a.unit or a.nouns or not a.values or a.date else a._replace(nouns=counted)
            for a in amounts
        ),
    )


def is_answerable(question: Question) -> bool:
    """Whether both ends have something that a text could mention."""
    ends = (question.subject, question.object)
    return all(end.names or end.amounts for end in ends)
