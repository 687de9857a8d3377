"""Reads the facts that a small model wrote, and holds each against the text that it was shown.

A model of one or two billion parameters makes up names, repeats what it was shown as context, and
leaves lists whole. What the text does not bear out is marked.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from kgpipe.backends.lean_format import MAX_NAME_CHARS, MAX_SAID_CHARS, NAMED
from kgpipe.backends.lean_repairs import Named, mend_fact
from kgpipe.backends.windows import Window
from kgpipe.text.align import find_quote
from kgpipe.text.cues import cue_words
from kgpipe.text.lenient_json import find_objects
from kgpipe.text.lists import split_list
from kgpipe.text.qualifiers import read_qualifiers
from kgpipe.text.said import said_words, share_said
from kgpipe.text.tokens import content_tokens, tokenize
from kgpipe.types import Candidate, Chunk

# A name of which the text says less than this was made up; the rest may be inflection, or a word
# that the model put in to join two others.
_LEAST_SAID = 0.5
# Lists on both sides: each with each, but no more than a table of a dozen.
_MOST_PAIRS = 12


def read_facts(
    reply: str, window: Window, chunk: Chunk, *, closed: bool = False
) -> list[Candidate] | None:
    """Read the facts of a reply; None if it holds neither facts nor an empty list of them.

    A reply that was cut off yields its complete facts and one that is marked `cut_off`.

    Args:
        reply: what the model wrote.
        window: what it was shown.
        chunk: what the window is of.
        closed: predicates are names of relations, so that they need not be words of the text.

    Returns:
        Candidates with the sentence that is their evidence. Marked are those whose subject or
        object is mostly not in the window (`name_not_in_text`), was stopped by the length limit
        (`too_long`), or that repeat the context (`stated_before`); without a schema also those
        that lack a name (`no_name`) or a verb (`no_verb`), or whose copied words do not hold
        predicate and object (`not_copied`).
    """
    objects = find_objects(reply)
    wrappers = [found["facts"] for found in objects if isinstance(found.get("facts"), list)]
    if wrappers:
        return [c for item in wrappers[-1] for c in _read_fact(item, window, chunk, closed)]
    stated = [found for found in objects if "subject" in found]
    if stated:
        facts = [c for item in stated for c in _read_fact(item, window, chunk, closed)]
        return facts + ([failed_window("cut_off", window, chunk)] if '"facts"' in reply else [])
    return [] if re.search(r"\[\s*\]", reply) else None


def failed_window(reason: str, window: Window, chunk: Chunk) -> Candidate:
    """What stands for facts that were lost, so that they are counted."""
    start, end = window.sentences[0][0], window.sentences[-1][1]
    return Candidate(
        subject="", predicate="", object="", quote=chunk.text[start:end], start=start, end=end,
        fault=reason,
    )  # fmt: skip


def _read_fact(item: Any, window: Window, chunk: Chunk, closed: bool) -> Iterator[Candidate]:
    """The fact, or one for each pair where its subject or object is a list of names."""
    fields = item if isinstance(item, dict) else {}
    fact = _candidate(fields, window, chunk, closed)
    ends = [[name] if closed else split_list(name) for name in (fact.subject, fact.object)]
    pairs = list(product(*ends))
    if len(pairs) == 1 or len(pairs) > _MOST_PAIRS or fact.fault:
        yield fact
        return
    for subject, target in pairs:
        yield fact.model_copy(update={"subject": subject, "object": target})


def _candidate(fields: dict[str, Any], window: Window, chunk: Chunk, closed: bool) -> Candidate:
    named = {name: _string(fields.get(name)) for name in NAMED}
    says = _whole_words(_string(fields.get("says")))
    start, end = _sentence(says, named, window, chunk)
    quote = chunk.text[start:end]
    place = find_quote(quote, says)
    said = said_words(f"{window.context} {window.text}")
    # Miscopied words tell nothing: the whole sentence stands for them.
    copied = quote[slice(*place)] if place else quote
    limits = _limits(quote, place, named, chunk.language) if place else {}
    # Empty fields are found by whoever grounds the fact.
    is_whole = all(named.values())
    fault = _fault(says, named, said, window, chunk) if is_whole else ""
    if is_whole and not (closed or fault):
        fault = _open_fault(copied, named, chunk.language)
        mended = mend_fact(Named(**named), copied=copied, language=chunk.language)
        fault = fault if mended else fault or "no_name"
        named = mended._asdict() if mended else named
    return Candidate(**named, quote=quote, start=start, end=end, fault=fault, **limits)


def _limits(
    quote: str, place: tuple[int, int], named: dict[str, str], language: str
) -> dict[str, Any]:
    """What limits the fact of the copied words; a denial behind verb and object is another's."""
    ends = [
        found[1]
        for name in ("predicate", "object")
        if (found := find_quote(quote, named[name], start=place[0], end=place[1]))
    ]
    end = max(ends, default=place[1])
    return read_qualifiers(quote, start=place[0], end=end, language=language)._asdict()


def _fault(
    says: str, named: dict[str, str], said: frozenset[str], window: Window, chunk: Chunk
) -> str:
    """What is wrong with a fact."""
    ends = (named["subject"], named["object"])
    if any(share_said(name, said) < _LEAST_SAID for name in ends):
        return "name_not_in_text"
    if any(len(name) >= MAX_NAME_CHARS for name in ends):
        return "too_long"
    shown = window.text
    before = find_quote(window.context, says) and not find_quote(shown, says)
    return "stated_before" if before else ""


def _open_fault(copied: str, named: dict[str, str], language: str) -> str:
    """What is wrong with a fact whose predicate should be words of the text."""
    if not all(_is_name(named[name], language) for name in ("subject", "object")):
        return "no_name"
    if not any(map(str.isalpha, named["subject"])):
        return "no_name"
    if not _has_verb(named, language):
        return "no_verb"
    said = said_words(copied)
    is_copied = share_said(named["predicate"], said) > 0
    return "" if is_copied and share_said(named["object"], said) >= _LEAST_SAID else "not_copied"


def _is_name(text: str, language: str) -> bool:
    """Whether it may name something: not "que sale", "desde 2010", "a esto"."""
    words = tokenize(text)
    begins = not words or words[0].form in cue_words("joint", language)
    return bool(content_tokens(text)) and not begins


def _has_verb(named: dict[str, str], language: str) -> bool:
    """Whether the predicate may be one: it says more than the names, and begins with no joint."""
    subject, predicate, target = ({token.form for token in tokenize(named[name])} for name in NAMED)
    first = tokenize(named["predicate"])[:1]
    begins = not first or first[0].form in cue_words("joint", language)
    return not (begins or predicate <= subject | target or target <= predicate)


def _sentence(says: str, named: dict[str, str], window: Window, chunk: Chunk) -> tuple[int, int]:
    """The sentence that holds the copied words, failing that the one with most of the names."""
    for start, end in window.sentences:
        if find_quote(chunk.text, says, start=start, end=end):
            return start, end

    def names_in(span: tuple[int, int]) -> float:
        said = said_words(chunk.text[span[0] : span[1]])
        return sum(share_said(named[name], said) for name in ("subject", "object"))

    return max(window.sentences, key=names_in)


def _whole_words(says: str) -> str:
    """Copied words without the last, where the length limit may have cut it."""
    return says.rsplit(maxsplit=1)[0] if len(says) >= MAX_SAID_CHARS and " " in says else says


def _string(value: Any) -> str:
    """Text as it is, numbers as written; "" for anything else (True is an int to Python)."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value.strip() if isinstance(value, str) else ""
