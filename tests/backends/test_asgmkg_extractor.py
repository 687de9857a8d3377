import pytest

from kgpipe.backends.asgmkg_extractor import AsgmkgExtractor, asgmkg_name, read_table
from kgpipe.backends.fake import FakeChatModel
from kgpipe.errors import ItemError
from kgpipe.extract.stage import extract_chunk
from kgpipe.settings import ExtractSettings
from kgpipe.types import Chunk

SETTINGS = ExtractSettings(model="fake:chat", protocol="asgmkg", max_tokens=99)
TEXT = "Mercury HARMS fish in the Río Upara. It kills"
TABLE = """Here are the triples:

| Subject | Predicate | Object |
|---------|:---------:|--------|
| mercury | harms | fish |
|mercury|kills|
| mercury | harms | fish |
"""


def chunk_of(text: str) -> Chunk:
    return Chunk(id="c", document_id="d", start=9, end=9 + len(text), text=text, language="en")


def test_the_model_sees_the_whole_chunk_in_lower_case_and_once() -> None:
    chat = FakeChatModel(lambda request: TABLE)
    AsgmkgExtractor(chat, settings=SETTINGS).extract(chunk_of(TEXT))
    [request] = chat.requests
    [message] = request.messages
    assert message.role == "user"
    assert message.content.endswith(TEXT.lower())
    assert (request.output_schema, request.max_tokens) == ("", 99)


def test_every_row_ends_as_a_triple_or_a_reason() -> None:
    extractor = AsgmkgExtractor(FakeChatModel(lambda request: TABLE), settings=SETTINGS)
    result = extract_chunk(chunk_of(TEXT), settings=SETTINGS, extractor=extractor)
    [triple] = result.triples
    assert (triple.subject, triple.predicate, triple.object) == ("mercury", "harms", "fish")
    assert [fault.reason for fault in result.rejections] == ["empty_field", "duplicate"]


def test_the_evidence_is_the_whole_piece() -> None:
    extractor = AsgmkgExtractor(FakeChatModel(lambda request: TABLE), settings=SETTINGS)
    [triple] = extract_chunk(chunk_of(TEXT), settings=SETTINGS, extractor=extractor).triples
    assert triple.evidence is not None
    assert triple.evidence.quote == TEXT
    assert (triple.evidence.span.start, triple.evidence.span.end) == (9, 9 + len(TEXT))


@pytest.mark.parametrize(
    ("reply", "rows"),
    [
        ("|Subject|Predicate|Object|", []),
        ("|a|b|c|", [["a", "b", "c"]]),
        ("a | b | c\n| d | e | f |", [["b", "c"], ["d", "e", "f"]]),
        ("|**Subject**|**Predicate**|**Object**|\n|---|---|---|\n|a|b|c", [["a", "b", "c"]]),
    ],
)
def test_a_table_is_read_from_its_first_pipe_on(reply: str, rows: list[list[str]]) -> None:
    assert read_table(reply) == rows


def test_a_reply_without_a_table_is_the_items_fault() -> None:
    extractor = AsgmkgExtractor(FakeChatModel(lambda request: "I cannot."), settings=SETTINGS)
    with pytest.raises(ItemError, match=r"unparsable_reply: fake:chat .*I cannot\."):
        extractor.extract(chunk_of(TEXT))


def test_nothing_is_asked_about_nothing() -> None:
    chat = FakeChatModel(lambda request: TABLE)
    assert AsgmkgExtractor(chat, settings=SETTINGS).extract(chunk_of(" \n--\n")) == []
    assert chat.requests == []


def test_the_name_tells_the_protocol_and_the_model() -> None:
    name = AsgmkgExtractor(FakeChatModel(lambda request: ""), settings=SETTINGS).name
    assert name == asgmkg_name("fake:chat") != asgmkg_name("fake:other")
    assert name.startswith("asgmkg:fake:chat:")
