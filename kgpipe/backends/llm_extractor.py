"""Triples by a chat model: any language, one call a window, one more for a bad reply.

A garbled reply is asked for again. Of one that was cut off the complete triples are kept, and the
passage is asked about again from the sentence of the last one on.

Two manners of asking. Hosted models see a whole chunk and answer in full (`triple_format`). A small
local model sees one sentence, with the sentence before it as context, and answers in short
(`lean_format`): on paragraphs it loses half of the facts, and every token that it writes is time.
"""

from collections.abc import Callable, Iterator, Sequence

from kgpipe.assets import asset_path
from kgpipe.backends.examples import (
    Example,
    example_reply,
    mark_leaks,
    names_in,
    names_in_prompt,
)
from kgpipe.backends.lean_facts import failed_window, read_facts
from kgpipe.backends.lean_format import fact_schema
from kgpipe.backends.relation_choice import RelationChooser, mark_rivals
from kgpipe.backends.triple_format import list_schema, read_triples, triple_schema
from kgpipe.backends.windows import Window, cut_windows, last_sentence, show_window, skip_sentences
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import ItemError, PendingReplyError, ServiceError
from kgpipe.ids import content_digest, content_id
from kgpipe.ports import ChatModel, Embedder
from kgpipe.schema import Schema, SchemaRelation
from kgpipe.settings import ExtractSettings
from kgpipe.text.prompts import data_block, read_prompt
from kgpipe.types import Candidate, Chunk

# Raise when messages, schema or reading change in a way that changes the candidates.
VERSION = 12
REMINDER = (
    "That was not one complete JSON object in the format described. Answer again for the same "
    "passage, with that JSON object and nothing else."
)
SECOND_PASS = (
    "What did you leave out? Give, in the same format, only what the passage states and your "
    "answer does not hold yet; an empty list if it is complete."
)
# How providers say that a reply hit its length limit (OpenAI and Ollama, Anthropic, Google).
CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})
# A garbled reply is shown back to its author only as far as this: enough to see what it was.
SHOWN_BACK_CHARS = 1000
# Their models run on the user's machine, where a token is time rather than money.
_LOCAL = ("gguf:",)
_WORD_LISTS = ("data/text/cues.csv", "data/text/stopwords.txt", "data/extract/months.txt")

Read = Callable[[str], list[Candidate] | None]


def llm_extractor_name(
    chat_name: str,
    settings: ExtractSettings,
    *,
    schema: Schema | None = None,
    examples: Sequence[Example] = (),
) -> str:
    """The extractor's name: what decides its answers.

    That is the model, the prompt, the schema, the examples, the code and the word lists by which
    the text is cut into windows and the answers are held against it.
    """
    words = [content_digest(asset_path(name).read_bytes()) for name in _WORD_LISTS]
    prompt = content_id("prompt", _instructions(settings, schema)).removeprefix("prompt-")
    parts = ["llm", chat_name, prompt[:12]]
    parts += [schema.digest[:12]] if schema else []
    parts += [content_id("examples", [e.model_dump() for e in examples])] if examples else []
    lists = content_id("lists", words).removeprefix("lists-")[:12]
    return ":".join([*parts, lists, f"v{VERSION}"])


def is_lean(settings: ExtractSettings) -> bool:
    """Whether the model answers in the short format."""
    chosen = settings.reply
    return settings.model.startswith(_LOCAL) if chosen == "auto" else chosen == "lean"


def is_by_sentence(settings: ExtractSettings) -> bool:
    """Whether the model sees one sentence at a time."""
    chosen = settings.window
    return settings.model.startswith(_LOCAL) if chosen == "auto" else chosen == "sentence"


class LlmExtractor:
    """A `TripleExtractor` over any `ChatModel`.

    The instructions are the system message, the same for every window, so that providers and local
    servers can cache them; the text is the user's message, fenced off as data.
    """

    def __init__(
        self,
        chat: ChatModel,
        *,
        settings: ExtractSettings,
        schema: Schema | None = None,
        examples: Sequence[Example] = (),
        embedder: Embedder | None = None,
    ) -> None:
        """Prepare the prompt.

        Args:
            chat: the model.
            settings: the manner of asking, and the limits.
            schema: the relations that a predicate may be; without one it may be anything.
            examples: shown in the lean manner as questions answered before.
            embedder: in the lean manner tells which relations of the schema are the likeliest.
        """
        self.name = llm_extractor_name(chat.name, settings, schema=schema, examples=examples)
        self._chat = chat
        self._settings = settings
        self._instructions = _instructions(settings, schema)
        self._reply_schema = triple_schema(max_field_chars=settings.max_field_chars, schema=schema)
        self._relations = schema.relations if schema else ()
        self._chooser = (
            RelationChooser(schema.relations, embedder=embedder)
            if schema and embedder and is_lean(settings)
            else None
        )
        self._examples = tuple(examples) if is_lean(settings) else ()
        # What a small model was shown and the text does not say is no name of the text's.
        self._shown_names = [
            *names_in(examples),
            *names_in_prompt(self._instructions),
            *(relation.name for relation in self._relations),
        ]

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Ask for the triples of `chunk`.

        Raises:
            ItemError: `unparsable_reply` if two replies could not be read, or what the chat model
                raises. Where the chunk is cut into several windows only a service's fault is
                raised: another window's facts are worth keeping. Where replies are pending, all
                windows are asked about first.
        """
        windows = list(
            cut_windows(
                chunk, by_sentence=is_by_sentence(self._settings),
                statements_only=is_lean(self._settings),
            )
        )  # fmt: skip
        candidates: list[Candidate] = []
        pending: list[PendingReplyError] = []
        # The list grows by what replies that were cut off left over.
        for window in windows:
            try:
                found, rest = self._extract_window(window, chunk)
                candidates += found
                windows += [rest] if rest else []
            except PendingReplyError as error:
                pending.append(error)
            except ServiceError:
                raise
            except ItemError as error:
                if len(windows) == 1:
                    raise
                candidates.append(failed_window(error.reason, window, chunk))
        if pending:
            raise pending[0]
        return sorted(candidates, key=lambda candidate: _position(candidate, chunk))

    def _extract_window(
        self, window: Window, chunk: Chunk
    ) -> tuple[list[Candidate], Window | None]:
        """The candidates of a window, and the part of it that is still to be asked about."""
        ranked = self._rank(window, chunk)
        question, schema, read = self._question(window, chunk, ranked)
        answered, found, is_cut_off = self._read(question, schema, read)
        rest = _take_rest(found, window, chunk) if is_cut_off else None
        for again in range(2, self._settings.passes + 1):
            more = (*answered, Message(role="user", content=SECOND_PASS))
            answered, new, _ = self._read(more, schema, read)
            found += [candidate.model_copy(update={"found_in_pass": again}) for candidate in new]
        said = f"{window.context} {window.text}"
        found = list(mark_leaks(found, names=self._shown_names, text=said))
        return list(mark_rivals(found, ranked=ranked) if self._chooser else found), rest

    def _question(
        self, window: Window, chunk: Chunk, ranked: Sequence[SchemaRelation]
    ) -> tuple[tuple[Message, ...], str, Read]:
        """The messages that ask about a window, the schema of the reply, and its reader."""
        if not is_lean(self._settings):
            question = Message(role="user", content=data_block(window.text))
            return (question,), self._reply_schema, read_triples
        names = [relation.name for relation in ranked]
        nearest = ", ".join(names[: self._settings.relations_shown])
        listed = f"Relations: {nearest}\n\n" if nearest else ""
        asked = listed + data_block(show_window(window, chunk.text))
        # What is not listed may be used all the same: the list is a guess.
        schema = fact_schema(
            window,
            max_field_chars=self._settings.max_field_chars,
            relations=[relation.name for relation in self._relations],
        )
        shown = _shown(self._examples, language=chunk.language)
        messages = (*shown, Message(role="user", content=asked))
        closed = bool(self._relations)
        return messages, schema, lambda reply: read_facts(reply, window, chunk, closed=closed)

    def _rank(self, window: Window, chunk: Chunk) -> Sequence[SchemaRelation]:
        """The relations of the schema, the likeliest first if an embedder can tell."""
        if self._chooser is None:
            return self._relations
        sentences = [chunk.text[start:end] for start, end in window.sentences]
        whole = [" ".join(sentences)] if len(sentences) > 1 else []
        return self._chooser.rank(whole + sentences)

    def _read(
        self, messages: tuple[Message, ...], schema: str, read: Read
    ) -> tuple[tuple[Message, ...], list[Candidate], bool]:
        """Ask, and once more if the reply is garbled.

        Returns:
            The conversation, what was read, and whether more would have come.
        """
        reply = self._ask(messages, schema)
        candidates = read(reply.text)
        # A reply that was cut off before its first triple would be cut off again.
        if candidates is None and reply.finish_reason not in CUT_OFF:
            shown = reply.text[:SHOWN_BACK_CHARS].strip() or "(nothing)"
            garbled = Message(role="assistant", content=shown)
            reminded = (*messages, garbled, Message(role="user", content=REMINDER))
            reply = self._ask(reminded, schema)
            candidates = read(reply.text)
        if candidates is None:
            raise ItemError("unparsable_reply", self._explain(reply))
        is_cut_off = reply.finish_reason in CUT_OFF and _ends_in_loss(candidates)
        return (*messages, Message(role="assistant", content=reply.text)), candidates, is_cut_off

    def _ask(self, messages: tuple[Message, ...], schema: str) -> ChatReply:
        instructions = Message(role="system", content=self._instructions)
        return self._chat.reply(
            ChatRequest(
                model=self._chat.name,
                messages=(instructions, *messages),
                output_schema=schema,
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


def _instructions(settings: ExtractSettings, schema: Schema | None) -> str:
    """The system message; in full it lists a schema, in short each question lists what it needs."""
    lean = is_lean(settings)
    text = read_prompt("extract_lean" if lean else "extract").text
    if schema is None:
        return text
    if lean:
        return f"{text}\n{read_prompt('extract_closed').text}"
    return f"{text}\n{read_prompt('extract_schema').text}\n{list_schema(schema)}"


def _shown(examples: Sequence[Example], *, language: str) -> Iterator[Message]:
    """Examples as questions answered before: what chat models follow best."""
    for example in examples:
        if example.language not in ("", language):
            continue
        # An example is no document: it needs no fence.
        yield Message(role="user", content=example.text)
        yield Message(role="assistant", content=example_reply(example))


def _ends_in_loss(candidates: Sequence[Candidate]) -> bool:
    return bool(candidates) and candidates[-1].fault == "cut_off"


def _take_rest(found: list[Candidate], window: Window, chunk: Chunk) -> Window | None:
    """The sentences that a cut-off reply did not come to the end of.

    The one that it broke off in is asked about again, unless that would be the same question: then
    the loss, which is the last of `found`, stays.
    """
    broke_off = last_sentence(window, [candidate.quote for candidate in found[:-1]], chunk)
    if broke_off is None:
        return None
    if broke_off > 0:
        found.pop()
    return skip_sentences(window, broke_off or 1, chunk)


def _position(candidate: Candidate, chunk: Chunk) -> int:
    if candidate.start is not None:
        return candidate.start
    at = chunk.text.find(candidate.quote) if candidate.quote else -1
    return at if at >= 0 else len(chunk.text)
