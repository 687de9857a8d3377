"""The graph as a picture in one HTML file that opens offline: `graph.html`.

The page draws the best-connected part first, filters by relation, document, verdict, status and
kind, and shows behind every name and line the facts with their quotes. Its parts stand in
`data/picture`; all that comes from documents travels as JSON, which the page reads as text alone,
and its security policy allows no script but the two that are written here, and no connection.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from kgpipe.assets import asset_path
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph

_PARTS = "data/picture"
# A browser holds more, but the file would take seconds to open: about 500 bytes a fact.
_MOST_FACTS = 20_000
_GATES = ("approved", "pending", "rejected")
_PROBABILITY_DIGITS = 4
# JSON inside a script element: no character can end the element or start a comment.
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def write_picture(
    graph: Graph, path: Path, *, settings: PublishSettings, most: int = _MOST_FACTS
) -> Path:
    """Write the page; of more than `most` facts those left out are told on it.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
        KgpipeError: a part of the page is missing.
    """
    facts = collect_facts(graph, settings=settings)
    kept = sorted(facts, key=_importance)[:most]
    # Back to the order of ids, so that the file does not change with what is left out.
    kept.sort(key=lambda fact: fact.claim.id)
    names = sorted(part.name for part in asset_path(_PARTS).glob("[0-9]-*.js"))
    script = "".join(_read(name) for name in names)
    # Modules that declare names of their own; the page itself declares none.
    scripts = {"library": _read("d3.min.js"), "script": f'(() => {{\n"use strict";\n{script}}})();'}
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in scripts.values())
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(_read("page.html.j2")).render(
        title=settings.title,
        counts=_count(graph, facts, kept),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {hashes}",
        style=Markup(_read("page.css")),
        data=Markup(_as_json(graph, kept)),
        **{name: Markup(text) for name, text in scripts.items()},
    )
    # Line ends as they are, since the policy holds the scripts' hashes.
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _read(name: str) -> str:
    return asset_path(f"{_PARTS}/{name}").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _importance(fact: Fact) -> tuple[int, int, str]:
    """Approved facts first, then those that most documents state."""
    return _GATES.index(fact.gate), -len(fact.claim.documents), fact.claim.id


def _count(graph: Graph, facts: list[Fact], kept: list[Fact]) -> str:
    names = len({end for fact in kept for end in (fact.claim.subject_id, fact.claim.object_id)})
    approved = sum(fact.gate == "approved" for fact in facts)
    told = (
        f"{len(kept):,} facts ({approved:,} approved) about {names:,} names "
        f"from {len(graph.documents):,} documents"
    )
    left = len(facts) - len(kept)
    return f"{told}; {left:,} facts of the least weight are not in this file" if left else told


def _as_json(graph: Graph, facts: list[Fact]) -> str:
    """What the page reads: names, relations, documents and quotes, and facts by their numbers."""
    ends = {end for fact in facts for end in (fact.claim.subject_id, fact.claim.object_id)}
    entities = sorted((one for one in graph.entities if one.id in ends), key=lambda one: one.id)
    places = {entity.id: number for number, entity in enumerate(entities)}
    predicates = _Numbers(sorted({fact.claim.predicate for fact in facts}))
    sources = {document.id: document.source for document in graph.documents}
    documents = _Numbers(
        sorted({sources.get(one.document_id, one.document_id)
                for fact in facts for one in fact.support})
    )  # fmt: skip
    quotes = _Numbers(())

    def quote(fact: Fact) -> list[int]:
        found = []
        for triple in fact.support:
            source = documents[sources.get(triple.document_id, triple.document_id)]
            shown = triple.evidence
            found.append(quotes[(source, shown and shown.page, shown.quote if shown else "")])
        return sorted(set(found))

    content = {
        "entities": [[one.id, one.name, one.kind, one.names] for one in entities],
        "facts": [_describe(fact, places, predicates, quote(fact)) for fact in facts],
        "predicates": list(predicates),
        "documents": list(documents),
        "quotes": list(quotes),
    }
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return plain.translate(_UNSAFE)


class _Numbers(dict[Any, int]):
    """Numbers things in the order in which they are first asked for."""

    def __init__(self, known: Iterable[Any]) -> None:
        super().__init__((item, number) for number, item in enumerate(known))

    def __missing__(self, item: Any) -> int:
        self[item] = len(self)
        return self[item]


def _describe(
    fact: Fact, places: dict[str, int], predicates: dict[Any, int], quotes: list[int]
) -> dict[str, Any]:
    claim, verdict = fact.claim, fact.verdict
    quantity = claim.quantity
    described = {
        "id": claim.id,
        "s": places[claim.subject_id],
        "p": predicates[claim.predicate],
        "o": places[claim.object_id],
        "gate": fact.gate,
        "verdict": verdict.label if verdict else None,
        "probability": round(verdict.probability, _PROBABILITY_DIGITS) if verdict else None,
        "negated": claim.negated,
        "hedged": claim.hedged,
        "conditional": claim.conditional,
        "by": claim.attributed_to,
        "time": claim.time,
        "place": claim.place,
        "quantity": f"{quantity.value:g} {quantity.unit}".strip() if quantity else None,
    }
    lists = {
        "quotes": quotes,
        "evidence": [[vote.stance, vote.source, vote.quote] for vote in verdict.evidence]
        if verdict
        else [],
        "labels": [[label.annotator, label.label, label.comment] for label in fact.labels],
    }
    # By identity: the first name's number, 0, equals False.
    said = {k: value for k, value in described.items() if value is not None and value is not False}
    return said | lists
