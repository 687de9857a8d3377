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
from kgpipe.verify.sentence import can_judge, judge_sentence
from kgpipe.verify.sentence_model import sentence_digest, shipped_model
from kgpipe.verify.stance import Finding, Reading, read_window
from kgpipe.verify.translate import translation_digest
from kgpipe.verify.windows import (
    Window,
    carry_heading,
    carry_sentence,
    find_heading,
    is_anaphoric,
    join_windows,
    opens_with_pronoun,
    read_sentences,
)

# Raise it when the same passages would be judged differently.
_VERSION = 6
# Sentences of one claim that are embedded: some 4 ms each, and the best passages come first.
_MAX_EMBEDDED = 8
# A longer "sentence" is a list or a table, whose vector says nothing about a predicate.
_MAX_EMBEDDED_CHARS = 400
# The words that stand for subject and object, so that vectors compare what is said of them. They
# told true from false co-mentions better (AUC .79 against .70 to .77) than whole sentences, "X"
# and "Y", or the predicate alone, on 460 windows of the FactBench development half.
_SUBJECT_WORD, _OBJECT_WORD = "someone", "something"
_STANCES: dict[Finding, Stance] = {
    "stated": "support", "figure": "support", "similar": "support", "linked": "support",
    "mentioned": "neutral",
    "negated": "refute", "opposite": "refute", "rival_value": "refute", "rival_name": "refute",
}  # fmt: skip


class _Read(NamedTuple):
    passage: Passage
    window: Window
    reading: Reading
    likeness: float = 1.0
    """The cosine that made it "similar"."""


def judge_name(embedder_name: str) -> str:
    """The name of an `EmbeddedJudge`; it changes with its rules, word lists and embedder."""
    return f"embedded:{content_id('judge', _VERSION, *_tables(), embedder_name)}"


def _tables() -> tuple[str, ...]:
    return lexicon_digest(), translation_digest(), sentence_digest()


class EmbeddedJudge:
    """Takes a stance by rules; an embedder tells whether other words mean the predicate.

    Args:
        embedder: used where a sentence mentions both ends but no word of the predicate.
        embedder_name: enters the judge's own name.
    """

    def __init__(self, embedder: Embedder, embedder_name: str) -> None:
        self.name = judge_name(embedder_name)
        self._embedder = embedder
        self._reads_sentences = can_judge(embedder_name)

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """One vote a passage that speaks to the claim: that of its most telling window.

        Where no passage takes a side on the triple, those near the claim's own sentence, if it
        has one, are judged by that.
        """
        votes = self._judge_triple(retrieved)
        sentence = retrieved.claim.sentence
        if not sentence or not self._reads_sentences or any(v.stance != "neutral" for v in votes):
            return votes
        said = judge_sentence(sentence, retrieved.passages, self._embedder, shipped_model())
        sources = {vote.source for vote in said}
        return [*said, *(vote for vote in votes if vote.source not in sources)]

    def _judge_triple(self, retrieved: Retrieved) -> list[Vote]:
        question = read_question(retrieved)
        if not is_answerable(question):
            return []
        languages = sorted({passage.language for passage in retrieved.passages})
        asked = {language: read_question(retrieved, language) for language in languages}
        read = [
            _Read(passage, window, reading)
            for passage in retrieved.passages
            for window, reading in _read_passage(passage, asked[passage.language])
        ]
        predicate = spell_predicate(retrieved.claim.predicate)
        votes = [_vote(item) for item in self._recognise(read, predicate)]
        confirmed = {v.source for v in votes if v.stance == "support"} if question.amounts else ()
        best: dict[tuple[str, str], Vote] = {}
        for item, vote in zip(read, votes, strict=True):
            if vote.reason == "rival_value" and vote.source in confirmed:
                # A source that states the claimed value means something else by the other one.
                continue
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
            id(item): float(cosine)
            for item, cosine in zip(asked, cosines, strict=True)
            if cosine >= weights()["similar_at"]
        }
        return [
            item._replace(
                reading=item.reading._replace(finding="similar"), likeness=similar[id(item)]
            )
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
    for window, reading in _carried(sentences, readings, question, repeated=repeated):
        yield window, reading
    for window, own in zip(sentences, readings, strict=True):
        if own:
            yield window, own
    for (left, before), (right, after) in pairwise(zip(sentences, readings, strict=True)):
        if before is None and after is None:
            pair = join_windows((left, right))
            if joint := read_window(pair, question, repeated=repeated):
                yield pair, joint


def _carried(
    sentences: Sequence[Window],
    readings: Sequence[Reading | None],
    question: Question,
    *,
    repeated: bool,
) -> Iterator[tuple[Window, Reading]]:
    """Sentences that say nothing alone, but do of what a heading or the one before names."""
    heading = find_heading(sentences)
    for index, (sentence, reading) in enumerate(zip(sentences, readings, strict=True)):
        if index == 0 or (reading and reading.finding != "mentioned"):
            continue
        windows = [carry_heading(heading, sentence)] if heading else []
        if is_anaphoric(sentence, sentences[index - 1]):
            windows.append(carry_sentence(sentences[index - 1], sentence))
        for window in windows:
            found = read_window(window, question, repeated=repeated)
            if found and not (reading and found.finding == "mentioned"):
                yield window, found


def _vote(item: _Read) -> Vote:
    """The vote of a window; offsets and quote are those of the source's text."""
    passage, window, reading, likeness = item
    weight = weights()[reading.finding] * reading.strength
    if reading.finding == "similar":
        weight = min(weight * likeness, weights()["stated"])
    if window.context:
        weight *= weights()["carried"]
    elif window.sentences > 1:
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
        rival=reading.rival,
    )


def _is_embeddable(item: _Read) -> bool:
    window = item.window
    short = window.end - _body_start(window) <= _MAX_EMBEDDED_CHARS
    one = window.sentences == 1 or window.context > 0
    return item.reading.finding == "mentioned" and one and short


def _body_start(window: Window) -> int:
    """Where the sentence itself starts, behind its context."""
    return window.tokens[window.context].start if window.context else window.start


def _mask(item: _Read) -> str:
    """The window with subject and object replaced, so that only what is said of them is left."""
    window, reading = item.window, item.reading
    pieces: list[str] = []
    at = _body_start(window)
    if window.context and opens_with_pronoun(window):
        # The pronoun that opens it stands for the end that its context names.
        pieces, at = [_SUBJECT_WORD], window.tokens[window.context].end
    for mention, word in sorted(_masked_mentions(reading)):
        first, last = window.tokens[mention.first], window.tokens[mention.last]
        if first.start >= at:
            pieces += [window.text[at : first.start], word]
            at = last.end
    return "".join([*pieces, window.text[at : window.end]])


def _masked_mentions(reading: Reading) -> list[tuple[Mention, str]]:
    ends = ((reading.subject, _SUBJECT_WORD), (reading.object, _OBJECT_WORD))
    return [(mention, word) for mention, word in ends if mention is not None and mention.strength]
