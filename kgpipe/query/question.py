"""What a question asks for, read from its words: content words, entities, the kind of answer."""

import re
from typing import NamedTuple

from kgpipe.query.names import NameIndex
from kgpipe.query.paraphrase import translate_question
from kgpipe.query.statements import Statement
from kgpipe.text.tokens import singular, stop_words, tokenize
from kgpipe.types import Kind

# Words of questions that are no part of an answer; the tables of function words lack some.
_ASKING_WORDS = """
    what who whom whose which where when why how many much far long often tell name list
    que quien quienes cual cuales donde cuando cuanto cuanta cuantos cuantas como
    quem qual quais onde quando quanto quanta quantos quantas
"""
_ASKING = frozenset(_ASKING_WORDS.split())
# What is asked for, by words of the question, folded: English, Spanish, Portuguese. They count at
# the head of a clause only: "people who fall ill" asks for nobody.
_WANTS: tuple[tuple[str, frozenset[Kind]], ...] = (
    (r"how (?:much|many|far|long|large|big|deep|tall|high|wide|heavy|powerful|old|often)"
     r"|cuant[oa]s?|quant[oa]s?"
     r"|what (?:share|percentage|part|amount|quantity|number|area|budget|price|fine|wage|salary|fee"
     r"|majority|age|height|depth|population|temperature|distance|rate)"
     r"|what (?:do|does|did|will|would) .* (?:cost|fetch|earn|measure|weigh)",
     frozenset({"quantity"})),
    (r"when|how long|how often|which (?:year|month|day|date)|what (?:year|time|date|day)"
     r"|cuando|quando|que ano|que fecha",
     frozenset({"date"})),
    (r"where|(?:which|what) (?:countr(?:y|ies)|cit(?:y|ies)|towns?|villages?|places?|spots?"
     r"|regions?|states?|provinces?|rivers?)|donde|onde",
     frozenset({"place", "site"})),
    (r"who|whom|quien(?:es)?|quem"
     r"|(?:which|what) (?:company|companies|firms?|banks?|newspapers?|organi[sz]ations?|ministry"
     r"|ministries|agency|agencies|institutions?|party|parties|funds?|groups?|experts?|bod(?:y|ies))",
     frozenset({"person", "organisation"})),
    (r"(?:which|what) (?:laws?|articles?|decrees?|treaty|treaties|conventions?|rules?)"
     r"|que ley|que lei",
     frozenset({"law", "document"})),
)  # fmt: skip
# What may stand between the head of a clause and its question word: "and from whom", "by when".
_HEAD = (
    r"(?:^|\b(?:and|or|y|o|e|ou) )"
    r"(?:(?:at|by|for|from|in|into|of|on|since|to|until|with|within|a|de|desde|con|com|em|en|para"
    r"|por) )?"
)
_BETWEEN_CLAUSES = re.compile(r"[,;:]\s")
_ARTICLES = frozenset({"the", "a", "an", "el", "la", "los", "las", "o", "os", "as"})
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


class Question(NamedTuple):
    """A question: its words, `entities` by id with the folded words that name each, its aim.

    `asked` is what is embedded: the text itself, or as much English of it as the tables have.
    `wants` holds kinds of which an answer should be one; it is empty where no word tells. `proper`
    are the folded names of single things that the question is about ("Togo", not "footprints").
    """

    asked: str
    words: tuple[str, ...]
    entities: dict[str, str]
    wants: frozenset[Kind]
    proper: frozenset[str]


def read_question(text: str, names: NameIndex) -> Question:
    """Read a question in English, Spanish or Portuguese."""
    text = " ".join(text.split())
    clauses = [" ".join(t.form for t in tokenize(part)) for part in _BETWEEN_CLAUSES.split(text)]
    wants = {
        kind
        for words, kinds in _WANTS
        if any(re.search(rf"{_HEAD}(?:{words})\b", clause) for clause in clauses)
        for kind in kinds
    }
    asked = translate_question(text) or text
    ignored = stop_words() | _ASKING
    words = (t.form for said in dict.fromkeys((text, asked)) for t in tokenize(said))
    return Question(
        asked=asked,
        words=tuple(dict.fromkeys(singular(word) for word in words if word not in ignored)),
        entities=names.mentioned(text) | names.mentioned(asked),
        wants=frozenset(wants),
        proper=frozenset(
            (names.mentioned(asked, proper=True) | names.mentioned(text, proper=True)).values()
        ),
    )


def offers(statement: Statement, wants: frozenset[Kind]) -> float:
    """1 if a fact holds what is asked for (an amount, a time, a place, ...), else 0.

    0.5 if the question does not tell.
    """
    if not wants:
        return 0.5
    kinds: set[Kind] = {statement.subject_kind, statement.object_kind}
    said = f"{statement.subject} {statement.predicate} {statement.object}"
    if statement.quantity is not None or _DIGIT.search(said):
        kinds.add("quantity")
    if statement.time or _YEAR.search(said):
        kinds.add("date")
    if statement.place:
        kinds.add("place")
    return float(bool(kinds & wants))


def leave_out(text: str, parts: frozenset[str]) -> str:
    """The text with "it" for each of `parts`, which are names as `Question.entities` has them."""
    tokens = tokenize(text)
    forms = [singular(token.form) for token in tokens]
    named = [False] * len(forms)
    for part in parts:
        words = part.split()
        for at in range(len(forms) - len(words) + 1):
            if forms[at : at + len(words)] == words:
                named[at : at + len(words)] = [True] * len(words)
    kept: list[str] = []
    for token, is_name in zip(tokens, named, strict=True):
        if not is_name:
            kept.append(text[token.start : token.end])
            continue
        if kept and kept[-1].casefold() in _ARTICLES:
            kept.pop()
        if kept[-1:] != ["it"]:
            kept.append("it")
    return " ".join(kept)
