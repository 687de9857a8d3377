"""Votes on a claim by its sentence, for texts in which its triple is not found.

A sentence such as "Masks do not stop the virus" is seldom said in the same words, so the window
that is nearest to it is asked whether it speaks to it, and which way (see `sentence_model`).
"""

from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.ports import Embedder
from kgpipe.text.tokens import tokenize
from kgpipe.types import Passage, Vote
from kgpipe.verify.effects import compare_effects
from kgpipe.verify.lexicon import weights
from kgpipe.verify.sentence_model import (
    Features,
    SentenceModel,
    judge_features,
    read_features,
    shipped_model,
)
from kgpipe.verify.windows import Window, read_sentences

# The effect words are English.
_LANGUAGE = "en"
# Sentences of one claim that are embedded: some 4 ms each; those come first that share most words.
_MAX_EMBEDDED = 32
# Below it a window is rather silent on the claim.
_SPEAKS_AT = 0.5


class Nearest(NamedTuple):
    """The window of a passage that is nearest to the claim."""

    passage: Passage
    window: Window
    features: Features


def judge_sentence(
    sentence: str, passages: Sequence[Passage], embedder: Embedder, model: SentenceModel
) -> list[Vote]:
    """One vote a passage that speaks to the sentence.

    The votes may all be wrong in the same way, so together they weigh less than one statement of
    the claim's triple (`sentence_limit` of `data/verify/weights.json`).
    """
    votes = [
        vote
        for nearest in find_nearest(sentence, passages, embedder)
        if (vote := _vote(nearest, model))
    ]
    odds = [vote.log_odds for vote in votes]
    heaviest = max(sum(o for o in odds if o > 0), -sum(o for o in odds if o < 0))
    share = min(1.0, weights()["sentence_limit"] / heaviest) if heaviest else 1.0
    return [v.model_copy(update={"log_odds": round(v.log_odds * share, 4)}) for v in votes]


def can_judge(embedder_name: str) -> bool:
    """Whether the weights were fitted with this embedder, whose cosines they read."""
    return embedder_name == shipped_model().embedder


def find_nearest(sentence: str, passages: Sequence[Passage], embedder: Embedder) -> list[Nearest]:
    """The nearest window of each English passage, by the cosine of embeddings."""
    asked = _candidates(sentence, passages)
    if not asked:
        return []
    texts = [window.text[window.start : window.end] for _, window in asked]
    vectors = embedder.embed([sentence, *texts])
    # Rounded before they are compared, as vectors differ in the last digits.
    cosines = (vectors[1:] @ vectors[0]).round(3).tolist()
    best: dict[tuple[str, str], tuple[float, Passage, Window]] = {}
    for (passage, window), cosine in zip(asked, cosines, strict=True):
        key = (passage.id, passage.source)
        if key not in best or cosine > best[key][0]:
            best[key] = (cosine, passage, window)
    return [
        Nearest(passage, window, read_features(sentence, window, cosine))
        for cosine, passage, window in best.values()
    ]


def _candidates(sentence: str, passages: Sequence[Passage]) -> list[tuple[Passage, Window]]:
    windows = [
        (passage, window)
        for passage in passages
        if passage.language == _LANGUAGE
        for window in read_sentences(passage.text, passage.language)
    ]
    if len(windows) <= _MAX_EMBEDDED:
        return windows
    words = [token.form for token in tokenize(sentence)]
    shared = [compare_effects(words, [t.form for t in window.tokens]).shared
              for _, window in windows]  # fmt: skip
    ranked = sorted(range(len(windows)), key=lambda at: (-shared[at], at))[:_MAX_EMBEDDED]
    return [windows[at] for at in sorted(ranked)]


def _vote(nearest: Nearest, model: SentenceModel) -> Vote | None:
    """The vote of a window; None if it is rather silent on the claim."""
    passage, window, features = nearest
    chances = judge_features(features, model)
    if chances.speaks < _SPEAKS_AT:
        return None
    return Vote(
        judge="embedded",
        stance="support" if chances.log_odds > 0 else "refute",
        source=passage.source,
        start=passage.start + window.start,
        end=passage.start + window.end,
        quote=passage.text[window.start : window.end],
        log_odds=round(chances.log_odds, 4),
        reason="sentence",
    )
