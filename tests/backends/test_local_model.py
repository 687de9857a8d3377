"""The LLM path against a real model: SmolLM2-135M as a GGUF file in a child process.

Protocol and schema only: a model this small says little that is right.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgpipe.backends.asgmkg_extractor import AsgmkgExtractor
from kgpipe.backends.chat import StoredChat
from kgpipe.backends.fake import FakeReplyStore
from kgpipe.backends.gguf import GgufChat
from kgpipe.backends.llm_extractor import LlmExtractor
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import ItemError, ServiceError
from kgpipe.extract.stage import extract_chunk
from kgpipe.ports import ChatModel, TripleExtractor
from kgpipe.schema import Schema, SchemaRelation
from kgpipe.settings import ExtractSettings
from kgpipe.types import Chunk, Retrieved
from kgpipe.verify.llm_judge import LlmJudge
from kgpipe.verify.verbalise import find_fault, verbalise_claim
from tests.cli.calls import read_lines, spawn, write_lines
from tests.verify.builders import make_claim, make_passages

TEXTS = {
    "en": "Artisanal gold miners in Ghana use mercury. Mercury harms the people of Tarkwa.",
    "es": "El mercurio contamina los ríos del Perú. Los mineros usan mercurio.",
}
LEAN = ExtractSettings(model="gguf:smollm2", max_tokens=200)
FULL = LEAN.model_copy(update={"window": "chunk", "reply": "full", "max_tokens": 300})
SCHEMA = Schema(name="s", relations=(SchemaRelation(name="uses"), SchemaRelation(name="harms")))


class Unreachable:
    """A `ChatModel` that must not be asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def reply(self, request: ChatRequest) -> ChatReply:
        raise AssertionError("a stored reply was asked for again")


@pytest.fixture(scope="module")
def chat(model: str) -> Iterator[GgufChat]:
    chat = GgufChat(model, context_tokens=4096)
    yield chat
    chat.close()


def extractor_of(chat: ChatModel, manner: str) -> tuple[TripleExtractor, ExtractSettings]:
    if manner == "asgmkg":
        return AsgmkgExtractor(chat, settings=FULL), FULL
    settings = FULL if manner == "full" else LEAN
    schema = SCHEMA if manner == "closed" else None
    return LlmExtractor(chat, settings=settings, schema=schema), settings


def run_chunks(chat: ChatModel, manner: str) -> list[str]:
    """What each chunk ends as: its triples and rejections, or the reason why there are none."""
    extractor, settings = extractor_of(chat, manner)
    outcomes = []
    for language, text in TEXTS.items():
        chunk = Chunk(
            id=language, document_id="d", start=0, end=len(text), text=text, language=language
        )
        try:
            result = extract_chunk(chunk, settings=settings, extractor=extractor)
        except ItemError as error:
            assert not isinstance(error, ServiceError)
            outcomes.append(error.reason)
        else:
            for triple in result.triples:
                assert triple.evidence is not None
                span = triple.evidence.span
                assert text[span.start : span.end] == triple.evidence.quote
            outcomes.append(result.model_dump_json())
    return outcomes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("manner", "start"),
    [
        ("lean", r'\s*{\s*"facts"\s*:'),
        ("closed", r'\s*{\s*"facts"\s*:'),
        ("full", r'\s*{\s*"triples"\s*:'),
        ("asgmkg", ""),
    ],
)
def test_a_real_model_ends_in_triples_or_reasons_and_is_asked_once(
    chat: GgufChat, manner: str, start: str
) -> None:
    store = FakeReplyStore()
    first = run_chunks(StoredChat(chat, store), manner)
    assert len(first) == len(TEXTS)
    assert len(TEXTS) <= len(store.replies) <= 4 * len(TEXTS)
    assert all(reply.input_tokens > 0 < reply.output_tokens for reply in store.replies.values())
    # The server enforces the schema: whatever the model says begins as the schema does.
    assert all(re.match(start, reply.text) for reply in store.replies.values())
    if manner == "closed":
        said = re.findall(
            r'"predicate":\s*"(.*?)"', " ".join(r.text for r in store.replies.values())
        )
        assert set(said) <= {"uses", "harms"}

    offline = StoredChat(Unreachable(chat.name), store)
    assert run_chunks(offline, manner) == first


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--protocol", "asgmkg")])
def test_the_command_line_runs_a_local_file(
    model: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    source = write_lines(tmp_path / "in.jsonl", {"id": "a", "text": TEXTS["en"], "lang": "en"})
    settings = tmp_path / "kgpipe.toml"
    settings.write_text("[extract]\nmax_tokens = 100\n")
    target = tmp_path / "out.jsonl"
    done = spawn("extract", source, target, "--model", model, "-c", settings, "--json", *options)
    assert done.code == 0, done.err
    lines = read_lines(target)
    assert done.json["written"] == len(lines)
    assert all(TEXTS["en"][line["start"] : line["end"]] == line["quote"] for line in lines)
    assert lines or done.json.get("rejected")


@pytest.mark.slow
def test_a_claim_is_put_into_words_or_its_fault_is_told(chat: GgufChat) -> None:
    claim = make_claim("miners in Ghana", "use", "mercury")
    try:
        verbalised = verbalise_claim(claim, chat=chat)
    except ItemError as error:
        # The schema holds the model to JSON; what it says in there is its own.
        assert error.reason != "unparsable_reply"
    else:
        assert not find_fault(verbalised.sentence, claim)


@pytest.mark.slow
def test_a_judge_gets_log_probabilities_and_its_quotes_are_checked(chat: GgufChat) -> None:
    judge = LlmJudge(chat)
    claim = make_claim("miners in Ghana", "use", "mercury")
    passages = make_passages(TEXTS["en"], "The council met on Monday.")
    votes = judge.judge(Retrieved(claim=claim, passages=tuple(passages)))
    assert [vote.source for vote in votes] == ["page0", "page1"]
    for vote, passage in zip(votes, passages, strict=True):
        assert passage.text[vote.start : vote.end] == vote.quote
    [prior] = judge.believe(claim)
    # It is a share of two tokens, and not the 0 or 1 of a plain answer.
    assert 0.0 < prior.probability < 1.0
