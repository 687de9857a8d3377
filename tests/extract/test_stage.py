from collections.abc import Sequence

from kgpipe.extract.stage import extract_chunk
from kgpipe.settings import ExtractSettings
from kgpipe.types import Candidate, Chunk, Extraction

TEXT = "Mercury harms fish. Miners use mercury, and mercury harms fish. Gold is dear."


class Fixed:
    """A `TripleExtractor` that proposes what it was given."""

    name = "fixed"

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = list(candidates)

    def extract(self, chunk: Chunk) -> list[Candidate]:
        return self._candidates


def fact(subject: str, predicate: str, obj: str, quote: str, *, negated: bool = False) -> Candidate:
    return Candidate(subject=subject, predicate=predicate, object=obj, quote=quote, negated=negated)


def extract(*candidates: Candidate) -> Extraction:
    chunk = Chunk(id="c", document_id="d", start=0, end=len(TEXT), text=TEXT, language="en")
    return extract_chunk(chunk, settings=ExtractSettings(), extractor=Fixed(candidates))


def test_every_candidate_ends_as_a_triple_or_a_rejection() -> None:
    result = extract(
        fact("Gold", "is", "dear", "Gold is dear."),
        fact("Gold", "is", "cheap", "Gold is cheap."),
        fact("Miners", "use", "mercury", "Miners use mercury"),
    )
    assert result.chunk_id == "c"
    assert [triple.subject for triple in result.triples] == ["Miners", "Gold"]
    assert [rejection.reason for rejection in result.rejections] == ["quote_not_found"]


def test_the_same_in_the_same_words_is_a_duplicate() -> None:
    result = extract(
        fact("Mercury", "harms", "fish", "Mercury harms fish."),
        fact("mercury", "Harms", "the fish", "Mercury harms fish. Miners"),
    )
    assert len(result.triples) == 1
    assert [rejection.reason for rejection in result.rejections] == ["duplicate"]


def test_the_same_in_another_sentence_is_more_evidence() -> None:
    result = extract(
        fact("Mercury", "harms", "fish", "Mercury harms fish."),
        fact("mercury", "harms", "fish", "Miners use mercury, and mercury harms fish."),
    )
    assert len(result.triples) == 2


def test_a_denial_is_no_duplicate() -> None:
    quote = "Mercury harms fish."
    result = extract(
        fact("Mercury", "harms", "fish", quote),
        fact("Mercury", "harms", "fish", quote, negated=True),
    )
    assert len(result.triples) == 2


def test_the_order_of_candidates_does_not_order_triples() -> None:
    gold = fact("Gold", "is", "dear", "Gold is dear.")
    mercury = fact("Mercury", "harms", "fish", "Mercury harms fish.")
    assert extract(gold, mercury).triples == extract(mercury, gold).triples


def test_a_field_limit_comes_from_the_settings() -> None:
    chunk = Chunk(id="c", document_id="d", start=0, end=len(TEXT), text=TEXT, language="en")
    long = fact("Mercury", "harms", "f" * 21, "Mercury harms fish.")
    short = ExtractSettings(max_field_chars=20)
    result = extract_chunk(chunk, settings=short, extractor=Fixed([long]))
    assert [rejection.reason for rejection in result.rejections] == ["too_long"]
