"""The judge without a language model: rules on mentions, numbers and negation, and embeddings."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.types import Passage, Retrieved, Stance, Vote
from kgpipe.verify.lexicon import lexicon_digest, weights
from kgpipe.verify.mentions import Mention, find_mention
from kgpipe.verify.queries import spell_predicate
from kgpipe.verify.question import Question, is_answerable, read_question
from kgpipe.verify.stance import Finding, Reading, read_window
from kgpipe.verify.windows import Window, join_windows, read_sentences

# Raise it when the same passages would be judged differently.
_VERSION = 1
# Sentences of one claim that are embedded: some 4 ms each, and the best passages come first.
_MAX_EMBEDDED = 8
# A longer "sentence" is a list or a table, whose vector says nothing about a predicate.
_MAX_EMBEDDED_CHARS = 400
# The words that stand for subject and object, so that vectors compare what is said of them. They
# told true from false co-mentions better (AUC .79 against .70 to .77) than whole sentences, "X"
# and "Y", or the predicate alone, on 460 windows of the FactBench development half.
_SUBJECT_WORD, _OBJECT_WORD = "someone", "something"
_STANCES: dict[Finding, Stance] = {
    "stated": "support", "similar": "support", "linked": "support", "mentioned": "neutral",
    "negated": "refute", "opposite": "refute", "rival_value": "refute", "rival_name": "refute",
}  # fmt: skip


class _Read(NamedTuple):
    passage: Passage
    window: Window
    reading: Reading


def judge_name(embedder_name: str) -> str:
    """The name of an `EmbeddedJudge`; it changes with its rules, word lists and embedder."""
    return f"embedded:{content_id('judge', _VERSION, lexicon_digest(), embedder_name)}"


class EmbeddedJudge:
    """Takes a stance by rules; an embedder tells whether other words mean the predicate.

    Args:
        embedder: used where a sentence mentions both ends but no word of the predicate.
        embedder_name: enters the judge's own name.
    """

    def __init__(self, embedder: Embedder, embedder_name: str) -> None:
        self.name = judge_name(embedder_name)
        self._embedder = embedder

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """One vote a passage that speaks to the claim: that of its most telling window."""
        question = read_question(retrieved)
        if not is_answerable(question):
            return []
        read = [
            _Read(passage, window, reading)
            for passage in retrieved.passages
            for window, reading in _read_passage(passage, question)
        ]
        predicate = spell_predicate(retrieved.claim.predicate)
        votes = [_vote(item) for item in self._recognise(read, predicate)]
        best: dict[tuple[str, str], Vote] = {}
        for item, vote in zip(read, votes, strict=True):
            key = (item.passage.id, item.passage.source)
            if key not in best or abs(vote.log_odds) > abs(best[key].log_odds):
                best[key] = vote
        return list(best.values())

    def _recognise(self, read: Sequence[_Read], predicate: str) -> list[_Read]:
        """Turn "mentioned" into "similar" where the sentence says the predicate in other words."""
        asked = [item for item in read if _is_embeddable(item)][:_MAX_EMBEDDED]
        if not asked:
            return list(read)
        masked = f"{_SUBJECT_WORD} {predicate} {_OBJECT_WORD}"
        vectors = self._embedder.embed([masked, *(_mask(item) for item in asked)])
        # Rounded before they meet the threshold, as vectors differ in the last digits.
        cosines = (vectors[1:] @ vectors[0]).round(3)
        similar = {
            id(item)
            for item, cosine in zip(asked, cosines, strict=True)
            if cosine >= weights()["similar_at"]
        }
        return [
            item._replace(reading=item.reading._replace(finding="similar"))
            if id(item) in similar
            else item
            for item in read
        ]


def _read_passage(passage: Passage, question: Question) -> Iterator[tuple[Window, Reading]]:
    """The windows that speak: sentences, and pairs where the second one goes on about the first."""
    sentences = read_sentences(passage.text, passage.language)
    if not sentences:
        return
    whole = join_windows(sentences)
    repeated = all(
        not target.names or find_mention(whole.text, whole.tokens, target.names)
        for target in (question.subject, question.object)
    )
    readings = [read_window(window, question, repeated=repeated) for window in sentences]
    for window, reading in zip(sentences, readings, strict=True):
        if reading:
            yield window, reading
    for (left, before), (right, after) in pairwise(zip(sentences, readings, strict=True)):
        if before is None and after is None:
            pair = join_windows((left, right))
            if reading := read_window(pair, question, repeated=repeated):
                yield pair, reading


def _vote(item: _Read) -> Vote:
    """The vote of a window; offsets and quote are those of the source's text."""
    passage, window, reading = item
    weight = weights()[reading.finding] * reading.strength
    if window.sentences > 1:
        weight *= weights()["two_sentences"]
    if reading.hedged:
        weight *= weights()["hedged"]
    return Vote(
        judge="embedded",
        stance=_STANCES[reading.finding],
        source=passage.source,
        start=passage.start + window.start,
        end=passage.start + window.end,
        quote=passage.text[window.start : window.end],
        log_odds=round(weight, 4),
        reason=f"hedged_{reading.finding}" if reading.hedged else reading.finding,
    )


def _is_embeddable(item: _Read) -> bool:
    short = item.window.end - item.window.start <= _MAX_EMBEDDED_CHARS
    return item.reading.finding == "mentioned" and item.window.sentences == 1 and short


def _mask(item: _Read) -> str:
    """The window with subject and object replaced, so that only what is said of them is left."""
    window, reading = item.window, item.reading
    pieces, at = [], window.start
    for mention, word in sorted(_masked_mentions(reading)):
        first, last = window.tokens[mention.first], window.tokens[mention.last]
        if first.start >= at:
            pieces += [window.text[at : first.start], word]
            at = last.end
    return "".join([*pieces, window.text[at : window.end]])


def _masked_mentions(reading: Reading) -> list[tuple[Mention, str]]:
    ends = ((reading.subject, _SUBJECT_WORD), (reading.object, _OBJECT_WORD))
    return [(mention, word) for mention, word in ends if mention is not None and mention.strength]
