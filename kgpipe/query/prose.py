"""A language model's answer in prose, of which only sentences that retrieved facts bear out stay.

Each sentence must cite facts by number. What it says is then compared with those facts and their
quotes without a model: its numbers and names must stand there, it must deny what they deny and
nothing else, and be near to them in meaning. These are checks of words, not of sense: what passes
may still shade the meaning, so the facts are shown below the prose.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from kgpipe.assets import asset_path
from kgpipe.calls import ChatRequest, Message
from kgpipe.ports import ChatModel, Embedder
from kgpipe.query.retrieve import embedded_text
from kgpipe.query.statements import Statement, describe_limits
from kgpipe.text.cues import cue_words
from kgpipe.text.prompts import data_block, read_prompt
from kgpipe.text.said import said_words, share_said
from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import content_tokens, fold, tokenize
from kgpipe.types import Record

Fault = Literal[
    "uncited", "not_retrieved", "number_added", "name_added", "polarity_changed", "hedge_lost",
    "words_added", "far_in_meaning",
]  # fmt: skip
_PROMPT = "ask"
_NONE = "NOT IN THE GRAPH"
_CITATION = re.compile(r"\s*\[\s*(\d+(?:\s*[,;]\s*\d+)*)\s*\]")
# A full stop that stands before the citation belongs behind it.
_STOP_BEFORE = re.compile(r"([.!?])((?:\s*\[[\d,; ]+\])+)\.?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Share of a sentence's content words that its facts must have: two of five may be the writer's own.
_SAID = 0.6
# Cosine to the nearest cited fact or quote; of sentences about other things it is below .4.
_NEAR = 0.5
_LANGUAGES = ("en", "es", "pt")
# Beside the cues of hedging: what obliges or allows does not state that it is so.
_MODAL = frozenset({"can", "cannot", "must", "shall", "should", "need", "debe", "deben", "puede",
                    "pueden", "deve", "devem", "pode", "podem"})  # fmt: skip


class Sentence(Record):
    """One sentence without its citations, and the numbers that it cites, from 1."""

    text: str
    cited: tuple[int, ...]


class Dropped(Record):
    """A sentence that did not pass, and why."""

    text: str
    fault: Fault


class Prose(Record):
    """What a model wrote, as far as facts bear it out; `refused` if it found no answer in them."""

    sentences: tuple[Sentence, ...]
    dropped: tuple[Dropped, ...] = ()
    refused: bool = False

    @property
    def faults(self) -> dict[str, int]:
        """Dropped sentences by reason."""
        return dict(sorted(Counter(one.fault for one in self.dropped).items()))


def write_prose(
    question: str, facts: Sequence[Statement], *, chat: ChatModel, embedder: Embedder
) -> Prose:
    """Ask a model to answer from the facts; drop what they do not bear out.

    Raises:
        ServiceError: the model cannot be reached.
    """
    if not facts:
        return Prose(sentences=(), refused=True)
    reply = chat.reply(make_request(question, facts, model=chat.name))
    return check_prose(reply.text, facts, embedder=embedder)


def make_request(question: str, facts: Sequence[Statement], *, model: str) -> ChatRequest:
    """What a model of that name is asked."""
    lines = []
    for number, fact in enumerate(facts, start=1):
        limits = "; ".join(describe_limits(fact))
        lines.append(f"[{number}] {fact.sentence}" + (f" ({limits})" if limits else ""))
        if fact.quotes[0].text:
            lines.append(f"    quote: {' '.join(fact.quotes[0].text.split())}")
    block = data_block("\n".join([*lines, "", f"Question: {question}"]))
    return ChatRequest(
        model=model,
        messages=(
            Message(role="system", content=read_prompt(_PROMPT).text),
            Message(role="user", content=block),
        ),
        # Five sentences and their citations.
        max_tokens=400,
    )


def check_prose(text: str, facts: Sequence[Statement], *, embedder: Embedder) -> Prose:
    """Read a model's reply and keep the sentences that the facts bear out.

    Args:
        text: prose with citations such as [1] or [1, 3].
        facts: that were shown, in order.
        embedder: of sentences, facts and quotes.
    """
    if _NONE in text.upper():
        return Prose(sentences=(), refused=True)
    kept: list[Sentence] = []
    dropped: list[Dropped] = []
    for sentence in split_citations(text):
        fault = find_fault(sentence, facts, embedder=embedder)
        if fault is None:
            kept.append(sentence)
        else:
            dropped.append(Dropped(text=sentence.text, fault=fault))
    return Prose(sentences=tuple(kept), dropped=tuple(dropped))


def split_citations(text: str) -> list[Sentence]:
    """The sentences of a text, each with the numbers in brackets at its end or within it."""
    text = _STOP_BEFORE.sub(r"\2\1", text.strip())
    found = []
    for start, end in split_sentences(text, "en"):
        piece = text[start:end]
        numbers = [int(n) for match in _CITATION.finditer(piece) for n in _numbers(match[1])]
        plain = " ".join(_CITATION.sub("", piece).split())
        if any(char.isalnum() for char in plain):
            found.append(Sentence(text=plain, cited=tuple(dict.fromkeys(numbers))))
    return found


def find_fault(
    sentence: Sentence, facts: Sequence[Statement], *, embedder: Embedder
) -> Fault | None:
    """Why the cited facts do not bear a sentence out; None if nothing shows that."""
    if not sentence.cited:
        return "uncited"
    if not all(1 <= number <= len(facts) for number in sentence.cited):
        return "not_retrieved"
    cited = [facts[number - 1] for number in sentence.cited]
    texts = [text for fact in cited for text in _texts(fact)]
    said = said_words(" ".join(texts))
    checks: dict[Fault, Callable[[], bool]] = {
        "number_added": lambda: not _numbers_of(sentence.text) <= said,
        "name_added": lambda: any(share_said(name, said) < 1 for name in _names(sentence.text)),
        "polarity_changed": lambda: _changes_polarity(sentence.text, cited, texts),
        "hedge_lost": lambda: (
            any(map(_is_limited, cited)) and not _is_doubting(sentence.text, cited)
        ),
        "words_added": lambda: share_said(sentence.text, said) < _SAID,
        "far_in_meaning": lambda: _nearness(sentence.text, texts, embedder) < _NEAR,
    }
    return next((fault for fault, fails in checks.items() if fails()), None)


def _numbers_of(text: str) -> frozenset[str]:
    """The numbers of a text, in digits and in words."""
    return frozenset(
        word for word in said_words(text) if word in number_words() or _NUMBER.fullmatch(word)
    )


def _changes_polarity(text: str, cited: Sequence[Statement], texts: Sequence[str]) -> bool:
    """Whether a text denies what no cited fact denies, or states what one denies."""
    if not _has_cue(text, "negation"):
        return any(fact.negated for fact in cited)
    return not any(fact.negated for fact in cited) and not _has_cue(" ".join(texts), "negation")


def _nearness(text: str, texts: Sequence[str], embedder: Embedder) -> float:
    vectors = embedder.embed([text, *texts])
    return round(float((vectors[1:] @ vectors[0]).max()), 3)


def describe_prose(prose: Prose) -> str:
    """The sentences with their citations as one paragraph, "" if none is left."""
    return " ".join(
        f"{one.text.rstrip('.!?')} [{', '.join(map(str, one.cited))}]{_stop(one.text)}"
        for one in prose.sentences
    )


def _stop(text: str) -> str:
    return text[-1] if text[-1:] in (".", "!", "?") else "."


def _numbers(listed: str) -> list[str]:
    return re.findall(r"\d+", listed)


def _texts(fact: Statement) -> list[str]:
    """All that a fact says: itself with its limits, its ends as its texts name them, its quotes."""
    names = [f"{quote.subject} {quote.object}" for quote in fact.quotes]
    return [embedded_text(fact), *names, *(q.text for q in fact.quotes if q.text)]


def _names(text: str) -> list[str]:
    """Words with a capital, the first one too: a sentence mostly begins with what it is about.

    An adverb may open a sentence.
    """
    return [
        text[token.start : token.end]
        for token in content_tokens(text)
        if text[token.start].isupper() and not (token.start == 0 and token.form.endswith("ly"))
    ]


def _has_cue(text: str, *kinds: str) -> bool:
    """Whether a text has a cue of one of these kinds, in any of the languages."""
    cues = {cue for kind in kinds for language in _LANGUAGES for cue in cue_words(kind, language)}
    exempt = cue_words("not_negation", "en")
    forms = [token.form for token in tokenize(text)]
    plain = {form for form, after in pairwise([*forms, ""]) if after not in exempt}
    several = {cue for cue in cues if " " in cue}
    said = f" {' '.join(forms)} "
    return not plain.isdisjoint(cues) or any(f" {cue} " in said for cue in several)


def _is_limited(fact: Statement) -> bool:
    return fact.hedged or fact.conditional or bool(fact.attributed_to)


def _is_doubting(text: str, cited: Sequence[Statement]) -> bool:
    """Whether a sentence doubts, sets a condition, obliges or allows, or says whose word it is."""
    forms = {token.form for token in tokenize(text)}
    speakers = [fact.attributed_to for fact in cited if fact.attributed_to]
    return (
        _has_cue(text, "hedge", "possible", "condition", "according", "report")
        or not forms.isdisjoint(_MODAL)
        or any(share_said(speaker, forms) >= _SAID for speaker in speakers)
    )


@lru_cache(maxsize=1)
def number_words() -> frozenset[str]:
    """Folded number words of `data/verify/number_words.csv`, without those for one."""
    with asset_path("data/verify/number_words.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(
            fold(row["word"]) for row in csv.DictReader(lines) if row["value"] not in ("0", "1")
        )
