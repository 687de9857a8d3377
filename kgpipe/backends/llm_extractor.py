"""Triples by a chat model: any language, one call a chunk, and one more for a garbled reply."""

from kgpipe.backends.prompts import data_block, read_prompt
from kgpipe.backends.triple_format import list_schema, read_triples, triple_schema
from kgpipe.errors import ItemError
from kgpipe.ports import ChatModel
from kgpipe.schema import Schema
from kgpipe.settings import ExtractSettings
from kgpipe.types import Candidate, ChatReply, ChatRequest, Chunk, Message

# Raise when messages, schema or reading change in a way that changes the candidates.
VERSION = 1
REMINDER = (
    "That was not one complete JSON object in the format described. Answer again for the same "
    "passage, with that JSON object and nothing else."
)
# How providers say that a reply hit its length limit (OpenAI and Ollama, Anthropic, Google).
CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})
# A garbled reply is shown back to its author only as far as this: enough to see what it was.
SHOWN_BACK_CHARS = 1000


def llm_extractor_name(chat_name: str, *, schema: Schema | None = None) -> str:
    """The extractor's name: model, prompt, schema and code decide what it answers."""
    name = f"llm:{chat_name}:{read_prompt('extract').digest[:12]}:v{VERSION}"
    if schema is None:
        return name
    return f"{name}:{read_prompt('extract_schema').digest[:12]}:{schema.digest}"


class LlmExtractor:
    """A `TripleExtractor` over any `ChatModel`.

    The instructions, with the schema in closed mode, are the system message, the same for every
    chunk, so that providers can cache them; the chunk is the user's message, fenced off as data.
    """

    def __init__(
        self, chat: ChatModel, *, settings: ExtractSettings, schema: Schema | None = None
    ) -> None:
        self.name = llm_extractor_name(chat.name, schema=schema)
        self._chat = chat
        self._settings = settings
        self._instructions = read_prompt("extract").text
        if schema is not None:
            self._instructions += f"\n{read_prompt('extract_schema').text}\n{list_schema(schema)}"
        self._schema = triple_schema(max_field_chars=settings.max_field_chars, schema=schema)

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Ask for the triples of `chunk`.

        Raises:
            ItemError: `unparsable_reply` if two replies could not be read, or what the chat model
                raises.
        """
        passage = Message(role="user", content=data_block(chunk.text))
        reply = self._ask(passage)
        candidates = read_triples(reply.text)
        # A reply that was cut off before its first triple would be cut off again.
        if candidates is None and reply.finish_reason not in CUT_OFF:
            shown = reply.text[:SHOWN_BACK_CHARS].strip() or "(nothing)"
            garbled = Message(role="assistant", content=shown)
            reply = self._ask(passage, garbled, Message(role="user", content=REMINDER))
            candidates = read_triples(reply.text)
        if candidates is None:
            raise ItemError("unparsable_reply", self._explain(reply))
        return sorted(candidates, key=lambda candidate: _position(candidate, chunk))

    def _ask(self, *messages: Message) -> ChatReply:
        instructions = Message(role="system", content=self._instructions)
        return self._chat.reply(
            ChatRequest(
                model=self._chat.name,
                messages=(instructions, *messages),
                output_schema=self._schema,
                temperature=self._settings.temperature,
                max_tokens=self._settings.max_tokens,
            )
        )

    def _explain(self, reply: ChatReply) -> str:
        if reply.finish_reason in CUT_OFF:
            remedy = "it was cut off; raise extract.max_tokens or lower chunk.max_chars"
        else:
            remedy = "use a model that can write JSON"
        return (
            f"{self._chat.name} gave no readable triples: {remedy}. It said: {reply.text[:200]!r}"
        )


def _position(candidate: Candidate, chunk: Chunk) -> int:
    at = chunk.text.find(candidate.quote) if candidate.quote else -1
    return at if at >= 0 else len(chunk.text)
