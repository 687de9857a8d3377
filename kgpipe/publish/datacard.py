"""What a graph is, for whoever finds it: `DATACARD.md` and the same as `datacard.json`.

The text begins with the front matter of Hugging Face's dataset cards and follows the questions of
"Datasheets for Datasets" (Gebru et al. 2021) that a program can answer: what it holds, where that
comes from, how it was made, how far it was checked, what not to use it for. Nothing is guessed:
what is not known is said to be unknown.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

from jinja2 import Environment, StrictUndefined
from pydantic import Field

from kgpipe import __version__
from kgpipe.assets import asset_path
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.settings import PublishSettings
from kgpipe.stats.intervals import Estimate
from kgpipe.types import Graph, Record

_TEMPLATE = "data/datacard.md.j2"
# More predicates would bury the card; the tables hold all.
_TOP = 20
# Bounds of Hugging Face's `size_categories`.
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
# What the front matter may call a licence, by its address.
_LICENCES = {
    "https://creativecommons.org/licenses/by/4.0/": "cc-by-4.0",
    "https://creativecommons.org/licenses/by-sa/4.0/": "cc-by-sa-4.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "cc0-1.0",
    "https://opendatacommons.org/licenses/by/1-0/": "odc-by",
    "https://opendatacommons.org/licenses/odbl/1-0/": "odbl",
}


class StageCount(Record):
    """How many items a stage saw, finished and turned away, and how many things it made of them.

    `fingerprint` is the digest of the stage's settings, prompt, models and data.
    """

    stage: str
    seen: int
    done: int
    kept: int
    rejected: int
    errors: int
    fingerprint: str = ""


class ModelUse(Record):
    """A chat model that a stage asked, and how often."""

    stage: str
    model: str
    calls: int


class Accuracy(Record):
    """A figure against people's labels with its interval, and what it is a share of."""

    name: str
    estimate: Estimate
    level: str = "95 %"


class Making(Record):
    """How a graph was made: what a workspace knows beside the graph itself.

    `settings` are those of the latest run that differ from the defaults, and `prompts` the sha256
    of its prompts by name; None if it did not note them. `licences` are those of documents by their
    sha256 or file name without ending.
    """

    version: str = __version__
    settings: dict[str, Any] | None = None
    prompts: dict[str, str] | None = None
    stages: tuple[StageCount, ...] = ()
    models: tuple[ModelUse, ...] = ()
    accuracy: tuple[Accuracy, ...] = ()
    licences: dict[str, str] = Field(default_factory=dict)


def write_card(
    graph: Graph, folder: Path, *, settings: PublishSettings, making: Making | None = None
) -> list[Path]:
    """Write `DATACARD.md` and `datacard.json` into an existing folder.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    card = describe_graph(graph, settings=settings, making=making or Making())
    markdown, data = folder / "DATACARD.md", folder / "datacard.json"
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"plain": _plain, "grouped": _group, "quoted": json.dumps}
    template = environment.from_string(asset_path(_TEMPLATE).read_text(encoding="utf-8"))
    markdown.write_text(template.render(card=card), encoding="utf-8", newline="\n")
    text = json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    data.write_text(text, encoding="utf-8", newline="\n")
    return [markdown, data]


def describe_graph(graph: Graph, *, settings: PublishSettings, making: Making) -> dict[str, Any]:
    """Everything that the card tells, as JSON values."""
    facts = collect_facts(graph, settings=settings)
    return {
        "title": settings.title,
        "base_iri": settings.base_iri,
        "licence": settings.licence,
        "licence_tag": _LICENCES.get(settings.licence, "other" if settings.licence else "unknown"),
        "size": next((name for bound, name in _SIZES if len(facts) < bound), "n>1M"),
        "languages": _count(document.language or "unknown" for document in graph.documents),
        "counts": _count_graph(graph, facts),
        "gates": _count(fact.gate for fact in facts),
        "verdicts": _count(fact.verdict.label if fact.verdict else "none" for fact in facts),
        "kinds": _count(entity.kind or "none" for entity in graph.entities),
        "predicates": dict(list(_count(fact.claim.predicate for fact in facts).items())[:_TOP]),
        "n_predicates": len({fact.claim.predicate for fact in facts}),
        "extractors": _count(triple.extractor for triple in graph.triples),
        "judges": _count(
            vote.judge for fact in facts if fact.verdict for vote in fact.verdict.evidence
        ),
        "documents": _list_documents(graph, making.licences),
        "reviewers": _count(label.label for label in graph.labels),
        "rejections": [
            {"stage": stage, "reason": reason, "items": items}
            for (stage, reason), items in sorted(
                Counter((one.stage, one.reason) for one in graph.rejections).items()
            )
        ],
        "making": making.model_dump(mode="json", exclude={"licences"}),
        "limits": _name_limits(graph, facts, making),
    }


def _count_graph(graph: Graph, facts: Sequence[Fact]) -> dict[str, int]:
    return {
        "documents": len(graph.documents),
        "pages": sum(len(document.pages) for document in graph.documents),
        "statements read from documents": sum(not triple.imported for triple in graph.triples),
        "statements imported without a quote": sum(triple.imported for triple in graph.triples),
        "names": sum(len(entity.names) for entity in graph.entities),
        "entities": len(graph.entities),
        "facts": len(facts),
        "facts that several documents state": sum(len(f.claim.documents) > 1 for f in facts),
        "approved facts": sum(fact.gate == "approved" for fact in facts),
        "approved facts whose plain triple is published": sum(fact.stated for fact in facts),
        "labels by experts": len(graph.labels),
    }


def _list_documents(graph: Graph, licences: dict[str, str]) -> list[dict[str, Any]]:
    """Every document; its licence is the one listed under its digest or file name, else ""."""
    facts = Counter(document for claim in graph.claims for document in claim.documents)
    return [
        {
            "source": one.source,
            "title": one.title,
            "language": one.language,
            "media_type": one.media_type,
            "sha256": one.sha256,
            "licence": licences.get(one.sha256) or licences.get(PurePath(one.source).stem, ""),
            "facts": facts[one.id],
        }
        for one in sorted(graph.documents, key=lambda document: (document.source, document.id))
    ]


def _name_limits(graph: Graph, facts: Sequence[Fact], making: Making) -> list[str]:
    """What a reader must know before use, each drawn from the graph at hand."""
    pending = sum(fact.gate == "pending" for fact in facts)
    skewed = sum(not fact.plain for fact in facts)
    imported = sum(not any(triple.evidence for triple in fact.support) for fact in facts)
    unread = [one for one in graph.rejections if one.reason == "language_unsupported"]
    limits = [
        "Facts were read from text by a program. Each can be traced to its quote; read the quote "
        "before you rely on the fact.",
        f"{pending:,} of {len(facts):,} facts are pending: neither the evidence nor an expert has "
        "settled them. Take only approved facts for facts.",
    ]
    if skewed:
        limits.append(
            f"{skewed:,} facts are denied, hedged, conditional or ascribed to somebody by their "
            "source. Their plain triple would be false, so it is left out of the plain triples."
        )
    if imported:
        limits.append(
            f"{imported:,} facts were imported and have no quote; they are approved only where an "
            "expert said so."
        )
    if unread:
        limits.append(
            f"{len(unread):,} passages are in a language that the extractor does not read; "
            "what they say is missing."
        )
    if not making.accuracy:
        limits.append(
            "No share of true facts is known: that takes labels of a random sample "
            "(`kgpipe evaluate -w W --plan 0.1 --out DIR` draws one)."
        )
    if not graph.labels:
        limits.append("No expert has labelled a fact: every approval is the machine's.")
    return limits


def _count(items: Iterable[str]) -> dict[str, int]:
    """Counts, the most frequent first, equal ones by name."""
    return dict(sorted(Counter(items).items(), key=lambda entry: (-entry[1], entry[0])))


def _group(number: int) -> str:
    return f"{number:,}"


def _plain(text: str) -> str:
    """Text on one line of a Markdown table, with nothing in it that Markdown or HTML reads."""
    flat = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]#|!~$" else letter for letter in flat)
