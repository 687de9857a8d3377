"""What goes to language models and search engines, and what comes back and is stored."""

from typing import Literal

from pydantic import Field

from kgpipe.types import Passage, Record


class Message(Record):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatRequest(Record):
    """Everything that determines a reply; its hash is the reply's key in the store.

    `output_schema` is a JSON schema as canonical JSON text, "" for free text; `sample` numbers
    repeated draws of the same request; `top_logprobs` asks for the log-probabilities of so many
    candidates for the first token, where the server gives them.
    """

    model: str
    messages: tuple[Message, ...]
    output_schema: str = ""
    temperature: float = 0.0
    max_tokens: int = 2048
    sample: int = 0
    top_logprobs: int = 0


class ChatReply(Record):
    """A stored reply with what it cost; `cost` is in USD, None where the price is not known.

    `first_token` holds the log-probabilities of candidates for the first token, if it was asked
    for and the server gives them.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    finish_reason: str = ""
    first_token: dict[str, float] = Field(default_factory=dict)


class SearchHit(Record):
    """One result of a search: the text that was read there, or the fault that prevented it."""

    url: str
    title: str = ""
    snippet: str = ""
    fault: str = ""
    passage: Passage | None = None


class SearchReply(Record):
    """What an engine answered to a query, best first; `searched_at` is the time in UTC (ISO)."""

    engine: str
    query: str
    limit: int
    searched_at: str = ""
    hits: tuple[SearchHit, ...] = ()

    @property
    def passages(self) -> list[Passage]:
        """The texts that were read."""
        return [hit.passage for hit in self.hits if hit.passage is not None]
