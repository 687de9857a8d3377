"""The loaded model, shared by the tests of the embedded extractor's parts."""

from functools import cache

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.types import Candidate, Chunk


@cache
def extractor() -> EmbeddedExtractor:
    return EmbeddedExtractor()


def chunk(text: str, language: str = "en") -> Chunk:
    return Chunk(
        id="chunk-1", document_id="d", start=0, end=len(text), text=text, language=language
    )


def candidates(text: str) -> list[Candidate]:
    return extractor().extract(chunk(text))


def triples(text: str) -> set[tuple[str, str, str]]:
    return {(found.subject, found.predicate, found.object) for found in candidates(text)}
