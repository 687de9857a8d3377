"""Fakes: small, deterministic second implementations of the ports, for tests and dry runs.

They answer by plain rules, so a whole run takes no model, no network and no time, and its results
can be worked out by hand. They are never chosen by default.
"""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.types import Candidate, Chunk, Passage, Retrieved, Stance, Vote

# Evidence of a fake vote: odds of 19 to 1 are decisive without being certain.
FAKE_LOG_ODDS = 2.94


class FakeChatModel:
    """Answers with what `answer` returns for the request, and keeps the requests it was asked.

    Tokens are counted as words; the cost is 0.
    """

    def __init__(self, answer: Callable[[ChatRequest], str], *, name: str = "fake:chat") -> None:
        self.name = name
        self.requests: list[ChatRequest] = []
        self._answer = answer

    def reply(self, request: ChatRequest) -> ChatReply:
        """Return the answer to `request`."""
        self.requests.append(request)
        text = self._answer(request)
        asked = sum(len(message.content.split()) for message in request.messages)
        return ChatReply(
            text=text,
            input_tokens=asked,
            output_tokens=len(text.split()),
            cost=0.0,
            finish_reason="stop",
        )


class FakeReplyStore:
    """Keeps replies in memory; `replies` and `losses` are open to inspection."""

    def __init__(self) -> None:
        self.replies: dict[str, ChatReply] = {}
        self.losses: list[float | None] = []

    def find(self, key: str) -> ChatReply | None:
        """Return the reply of that key, None if there is none."""
        return self.replies.get(key)

    def save(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        """Keep the reply; the request is not needed again."""
        self.replies[key] = reply

    def book_loss(self, request: ChatRequest, most: float | None) -> None:
        """Keep what the call may have cost."""
        self.losses.append(most)


class FakeExtractor:
    """Reads sentences of the form "SUBJECT verb OBJECT." for a fixed list of verbs."""

    name = "fake:extractor"

    def __init__(self, verbs: Sequence[str] = ("causes", "contains", "is", "uses")) -> None:
        verb = "|".join(map(re.escape, verbs))
        self._sentence = re.compile(rf"(?P<s>[^.\s][^.]*?)\s+(?P<p>{verb})\s+(?P<o>[^.]+)\.")

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Return one candidate for each sentence of that form, with its offsets."""
        return [
            Candidate(
                subject=match["s"],
                predicate=match["p"],
                object=match["o"],
                quote=match[0],
                start=match.start(),
                end=match.end(),
            )
            for match in self._sentence.finditer(chunk.text)
        ]


class FakeEmbedder:
    """Hashes the trigrams of a text into a unit vector: the same spelling, the same direction."""

    def __init__(self, dimensions: int = 64) -> None:
        self._dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimensions) with rows of length 1."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)  # (n, d)
        for row, text in enumerate(texts):
            padded = f"  {text.casefold()} "
            for at in range(len(padded) - 2):
                digest = hashlib.blake2b(padded[at : at + 3].encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "big") % self._dimensions] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # (n, 1), never 0: see padding
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit


class FakeSearch:
    """Ranks given passages by how many words of the query they hold."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Return the passages that share a word with `query`, most words first."""
        words = _words(query)
        ranked = sorted(
            (
                (-len(words & _words(passage.text)), passage.id, passage)
                for passage in self._passages
            ),
            key=lambda entry: entry[:2],
        )
        return [passage for overlap, _, passage in ranked if overlap < 0][:limit]


class FakeJudge:
    """Votes on passages that name both subject and object: refute if they say "not" or "no"."""

    name = "fake:judge"

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """Return one vote for each passage that speaks to the claim; the quote is its text."""
        claim = retrieved.claim
        wanted = _words(claim.subject) | _words(claim.object)
        return [
            self._vote(passage) for passage in retrieved.passages if wanted <= _words(passage.text)
        ]

    def _vote(self, passage: Passage) -> Vote:
        is_denial = bool(_words(passage.text) & {"no", "not", "never"})
        stance: Stance = "refute" if is_denial else "support"
        return Vote(
            judge=self.name,
            stance=stance,
            source=passage.source,
            start=passage.start,
            end=passage.start + len(passage.text),
            quote=passage.text,
            log_odds=-FAKE_LOG_ODDS if is_denial else FAKE_LOG_ODDS,
        )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
