"""Benchmark `crosslingual`: does an English sentence find its Spanish and Portuguese paragraph?

Parallel articles `NAME.en.md`, `NAME.es.md`, `NAME.pt.md` whose paragraphs stand in the same order.
An index holds all paragraphs in the other language, and as distractors the English ones of all
other articles; the English article itself is left out, or the question would be its own answer.

The term table was written from titles alone, before any of the articles was read, and was not
changed since: all of them are held out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kgpipe.backends.search_local import LocalSearch
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.stats.intervals import wilson
from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import content_tokens
from kgpipe.types import Passage
from kgpipe.verify.plan import Query
from kgpipe.verify.retrieve import search_all
from kgpipe.verify.translate import translate
from kgpipe.wiring import wire_embedder

LANGUAGES = ("es", "pt")
AT = 5
# Shorter sentences are headings and captions.
_MIN_WORDS = 5
# As many as the product asks of an index for one claim.
_LIMIT = 100
_BLANK_LINE = re.compile(r"\n\s*\n")


class Article(NamedTuple):
    """Paragraphs by language, all of the same number."""

    name: str
    paragraphs: dict[str, list[str]]


class Asked(NamedTuple):
    """One sentence in one language: the rank of its paragraph by system, 0 if it is not found."""

    article: str
    language: str
    sentence: str
    ranks: dict[str, int]


def run(data: Path, out: Path, *, model: str = "") -> dict[str, Any]:
    """Search for each sentence by its own words, and with the term table.

    Args:
        data: a folder of parallel articles; those whose paragraphs do not pair are named and left.
        out: `report.json` is written here.
        model: an embedding model that ranks as well, PROVIDER:NAME.

    Returns:
        The report: recall@5 with Wilson intervals by system, language and article.

    Raises:
        KgpipeError: there are no parallel articles.
    """
    articles, unpaired = read_articles(data)
    if not articles:
        raise KgpipeError(f"No parallel articles NAME.en.md, NAME.es.md, NAME.pt.md in {data}.")
    embedder = wire_embedder(model).make() if model else None
    asked = [
        one
        for language in LANGUAGES
        for article in articles
        for one in _ask_article(article, articles, language, embedder)
    ]
    report = _summary(asked) | {
        "articles": {article.name: len(article.paragraphs["en"]) for article in articles},
        "unpaired": unpaired,
        "embedder": model,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return report


def read_articles(data: Path) -> tuple[list[Article], list[str]]:
    """The parallel articles under a folder, by name, and the names of those that do not pair."""
    articles, unpaired = [], []
    for path in sorted(data.rglob("*.en.md")):
        name = path.name.removesuffix(".en.md")
        files = {code: path.with_name(f"{name}.{code}.md") for code in ("en", *LANGUAGES)}
        if not all(file.is_file() for file in files.values()):
            continue
        paragraphs = {code: _paragraphs(file) for code, file in files.items()}
        if len({len(found) for found in paragraphs.values()}) == 1:
            articles.append(Article(name, paragraphs))
        else:
            unpaired.append(name)
    return articles, unpaired


def _paragraphs(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [part.strip() for part in _BLANK_LINE.split(text) if part.strip()]


def _ask_article(
    article: Article, articles: Sequence[Article], language: str, embedder: Embedder | None
) -> Iterator[Asked]:
    passages = list(_passages(article, articles, language))
    plain = LocalSearch(passages)
    dense = LocalSearch(passages, embedder, rank_all=True) if embedder else None
    for number, paragraph in enumerate(article.paragraphs["en"]):
        gold = _source(article, language, number)
        for start, end in split_sentences(paragraph, "en"):
            sentence = paragraph[start:end]
            if len(content_tokens(sentence)) < _MIN_WORDS:
                continue
            own = [Query(sentence)]
            foreign = translate(sentence, language)
            both = [*own, Query(foreign, language)] if foreign else own
            ranks = {"words": _rank(own, plain, gold), "terms": _rank(both, plain, gold)}
            if dense:
                ranks |= {"model": _rank(own, dense, gold), "both": _rank(both, dense, gold)}
            yield Asked(article.name, language, sentence, ranks)


def _passages(article: Article, articles: Sequence[Article], language: str) -> Iterator[Passage]:
    for other in articles:
        for code in (language,) if other is article else (language, "en"):
            for number, text in enumerate(other.paragraphs[code]):
                source = _source(other, code, number)
                yield Passage(
                    id=content_id("passage", source, text), source=source, text=text, language=code
                )


def _source(article: Article, language: str, number: int) -> str:
    return f"{article.name}.{language}#{number}"


def _rank(queries: Sequence[Query], search: LocalSearch, gold: str) -> int:
    ranked = search_all(queries, None, _LIMIT, search).ranked
    return next((rank for rank, p in enumerate(ranked, start=1) if p.source == gold), 0)


def _summary(asked: Sequence[Asked]) -> dict[str, Any]:
    """Recall by system over all, by language and by article."""
    return {
        "sentences": len({(one.article, one.sentence) for one in asked}),
        "recall_at_5": {
            code: _recall([one for one in asked if code in (one.language, "all")])
            for code in ("all", *LANGUAGES)
        },
        "recall_at_5_by_article": {
            name: _recall([one for one in asked if one.article == name])
            for name in sorted({one.article for one in asked})
        },
    }


def _recall(asked: Sequence[Asked]) -> dict[str, Any]:
    systems = list(asked[0].ranks) if asked else []
    return {
        system: wilson(
            sum(0 < one.ranks[system] <= AT for one in asked), len(asked)
        ).model_dump(exclude={"method"})
        for system in systems
    }  # fmt: skip
