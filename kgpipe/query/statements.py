"""Facts as they are read by analysts: a sentence, where it stands, and how far it is checked."""

from typing import Literal

from kgpipe.types import Kind, Qualified, Record

# A longer quote is shown in part, as a screen has few lines; JSON has it in full.
_SHOWN_CHARS = 400
Status = Literal["approved", "not yet verified"]


class Quote(Record):
    """Where a text states the fact, and the triple in that text's own words.

    `source` is the document's name, `start` and `end` are offsets into its text. An imported triple
    has no quote: its text is "" and its offsets are None.
    """

    source: str
    page: int | None
    start: int | None
    end: int | None
    text: str
    subject: str
    predicate: str
    object: str

    @property
    def triple(self) -> tuple[str, str, str]:
        """Subject, predicate and object."""
        return self.subject, self.predicate, self.object


class Statement(Qualified):
    """One fact of the graph with all that states it, quotes before imported triples.

    A rejected fact never becomes a statement. `probability` is that of the machine's verdict, None
    without one.
    """

    id: str
    subject_id: str
    object_id: str
    subject: str
    predicate: str
    object: str
    subject_kind: Kind = ""
    object_kind: Kind = ""
    sentence: str
    status: Status
    probability: float | None = None
    quotes: tuple[Quote, ...]

    @property
    def is_quoted(self) -> bool:
        """Whether a text is known that says it."""
        return any(quote.text for quote in self.quotes)


class Name(Record):
    """An entity as it is looked up: its main name, and all others, those of alias tables too."""

    id: str
    name: str
    kind: Kind
    others: tuple[str, ...] = ()


def describe_limits(said: Qualified) -> list[str]:
    """What limits a statement, in plain words; its sentence does not have to be trusted for it."""
    flags = {
        "denied": said.negated,
        "said with reservation": said.hedged,
        "said under a condition": said.conditional,
    }
    limits = [words for words, holds in flags.items() if holds]
    limits += [f"according to {said.attributed_to}"] if said.attributed_to else []
    return limits + [
        f"{name}: {value}" for name in ("time", "place") if (value := getattr(said, name))
    ]


def describe_source(quote: Quote) -> str:
    """File and page of a quote; says so where there is none."""
    if not quote.text:
        return f"{quote.source} (imported, no quote)"
    return f"{quote.source}, page {quote.page}" if quote.page else quote.source


def describe_statement(statement: Statement, *, number: int | None = None) -> list[str]:
    """The lines that tell a fact: the sentence with its limits, then status, place and quote."""
    limits = describe_limits(statement)
    head = f"{number:>2}. " if number is not None else " - "
    lines = [f"{head}{statement.sentence}" + (f" ({'; '.join(limits)})" if limits else "")]
    first, *more = statement.quotes
    sources = {quote.source for quote in more} - {first.source}
    also = f"; also in {', '.join(sorted(sources))}" if sources else ""
    quoted = f': "{clip_quote(first)}"' if first.text else ""
    lines.append(f"    {statement.status}; {describe_source(first)}{quoted}{also}")
    return lines


def clip_quote(quote: Quote) -> str:
    """The quote on one line; of a long one the part around its object, with dots for the rest."""
    text = one_line(quote.text)
    if len(text) <= _SHOWN_CHARS:
        return text
    at = max(0, text.casefold().find(one_line(quote.object).casefold()))
    start = max(0, min(at - _SHOWN_CHARS // 2, len(text) - _SHOWN_CHARS))
    end = start + _SHOWN_CHARS
    return f"{'... ' if start else ''}{text[start:end].strip()}{' ...' if end < len(text) else ''}"


def one_line(text: str) -> str:
    """A text on one line, without characters that would move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
