"""A language model is asked whether two names are one thing, both ways round if it says so.

Small models often say "same" of one order of two names and "different" of the other: then the
names stay apart, as they do where the reply cannot be read. Of 40 pairs of Re-DocRED's development
half, a model of 1.5B parameters took 21 for the same one way round (11 of them rightly), and 15
both ways (9).
"""

import json

from kgpipe.calls import ChatRequest, Message
from kgpipe.dedupe.grey import Answer, Question
from kgpipe.errors import ItemError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel
from kgpipe.text.lenient_json import find_objects
from kgpipe.text.prompts import data_block, read_prompt

# Raise it when the same reply would be read differently.
_VERSION = 1
_PROMPT = "same_thing"
# Calls that a question takes if the first answer is "same".
ASKED_TWICE = 2
_ANSWERS = {"same": True, "different": False}
# How much of a rejected reply is told.
_SHOWN_CHARS = 200
_SCHEMA = json.dumps(
    {
        "title": "comparison",
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": list(_ANSWERS)}},
        "required": ["answer"],
        "additionalProperties": False,
    }
)


def prompt_digest() -> str:
    """Changes with the prompt and with how replies are read."""
    return content_id(_PROMPT, _VERSION, read_prompt(_PROMPT).digest)


def make_request(question: Question, *, model: str) -> ChatRequest:
    """What a model of that name is asked; the cosine is not told."""
    sides = (("A", question.left), ("B", question.right))
    # The names come last. After them, the two statements made a small model say "different" of all.
    lines = [f"{letter} stands in: {side.said}" for letter, side in sides if side.said]
    for letter, side in sides:
        lines += [f"kind of {letter}: {side.kind}"] if side.kind else []
        lines += [f"name {letter}: {side.name}"]
    return ChatRequest(
        model=model,
        messages=(
            Message(role="system", content=read_prompt(_PROMPT).text),
            Message(role="user", content=data_block("\n".join(lines))),
        ),
        output_schema=_SCHEMA,
        # A word, and the braces around it, however they are spaced.
        max_tokens=32,
    )


def answer_question(question: Question, *, chat: ChatModel) -> Answer:
    """Ask a model whether two names are one thing: it must say so twice.

    Raises:
        ItemError: a reply cannot be read (unparsable_reply).
        ServiceError: the model cannot be reached.
    """
    turned = question.model_copy(update={"left": question.right, "right": question.left})
    return Answer(question=question, same=_ask(question, chat) and _ask(turned, chat))


def _ask(question: Question, chat: ChatModel) -> bool:
    reply = chat.reply(make_request(question, model=chat.name))
    said = next((found.get("answer") for found in find_objects(reply.text)), None)
    if not isinstance(said, str) or said.strip().lower() not in _ANSWERS:
        raise ItemError("unparsable_reply", f"the model wrote {reply.text[:_SHOWN_CHARS]!r}")
    return _ANSWERS[said.strip().lower()]
