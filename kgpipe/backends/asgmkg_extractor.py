"""The extraction of ASGM-KG (Gupta et al. 2024, arXiv 2408.08972), with any model: a baseline.

As in the authors' released code: lower-cased text in pieces of 3,000 characters, cut wherever they
end; one zero-shot prompt without a schema; a table with pipes as reply, read from the first pipe
on; no second try. The wording of the prompt is ours, its seven rules are theirs.

Their format cites nothing. A triple's evidence is therefore the whole piece that it was found in,
and nothing tells whether the piece says it. Their code drops malformed rows; here they become
rejections, so that they are counted.
"""

import re
from collections.abc import Sequence

from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import ItemError
from kgpipe.ports import ChatModel
from kgpipe.settings import ExtractSettings
from kgpipe.text.prompts import read_prompt
from kgpipe.types import Candidate, Chunk

# Raise when messages or reading change in a way that changes the candidates.
VERSION = 1
_HEADER = ("subject", "predicate", "object")
_RULE = re.compile(r":?-+:?")


def asgmkg_name(chat_name: str) -> str:
    """The extractor's name: model, prompt and code decide what it answers."""
    return f"asgmkg:{chat_name}:{read_prompt('asgmkg').digest[:12]}:v{VERSION}"


class AsgmkgExtractor:
    """A `TripleExtractor` that works as the paper's does, over any `ChatModel`.

    `relations` limits the predicates, which the paper does not: only for comparisons in which
    every system is given the same schema.
    """

    def __init__(
        self, chat: ChatModel, *, settings: ExtractSettings, relations: Sequence[str] = ()
    ) -> None:
        self.name = asgmkg_name(chat.name)
        self._chat = chat
        self._settings = settings
        listed = f"Each predicate is one of: {', '.join(relations)}.\n\n" if relations else ""
        self._prompt = listed + read_prompt("asgmkg").text

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Ask once for the triples of `chunk`.

        Raises:
            ItemError: `unparsable_reply` if the reply has no table, or what the chat model raises.
        """
        text = chunk.text.lower()
        if not any(map(str.isalnum, text)):
            return []
        reply = self._chat.reply(
            ChatRequest(
                model=self._chat.name,
                messages=(Message(role="user", content=self._prompt + text),),
                temperature=self._settings.temperature,
                max_tokens=self._settings.max_tokens,
            )
        )
        if "|" not in reply.text:
            said = f"{self._chat.name} gave no table. It said: {reply.text[:200]!r}"
            raise ItemError("unparsable_reply", said)
        return [_candidate(cells, chunk) for cells in read_table(reply.text)]


def read_table(reply: str) -> list[list[str]]:
    """The cells of each row from the first pipe on, without the head and the line beneath it."""
    table = reply[reply.find("|") :]
    rows = ([cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.splitlines() if "|" in line)  # fmt: skip
    return [cells for cells in rows if not _is_head(cells)]


def _is_head(cells: list[str]) -> bool:
    names = tuple(cell.strip("*").lower() for cell in cells)
    return names == _HEADER or all(_RULE.fullmatch(cell) for cell in cells if cell)


def _candidate(cells: list[str], chunk: Chunk) -> Candidate:
    """A row of not exactly three cells is no triple, and is left empty, to be rejected."""
    subject, predicate, obj = cells if len(cells) == len(_HEADER) else ("", "", "")
    return Candidate(
        subject=subject,
        predicate=predicate,
        object=obj,
        quote=chunk.text,
        start=0,
        end=len(chunk.text),
    )
