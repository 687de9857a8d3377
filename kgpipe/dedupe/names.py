"""Resolution of bare names: `kgpipe dedupe` on a file of names, or of triples."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from kgpipe.dedupe.contexts import Mention
from kgpipe.dedupe.entities import MAX_NAME_CHARS
from kgpipe.dedupe.grey import Answer, Questions
from kgpipe.dedupe.mentions import ask_about_mentions, resolve_mentions
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind, Record, Rejection, Triple

_SURROGATE = re.compile("[\ud800-\udfff]")


class Name(Record):
    """A name to resolve. `context` is a text that it stands in, "" if unknown.

    `said` is the statement that it is part of, for a name without a text.
    """

    id: str
    name: str
    kind: Kind = ""
    context: str = ""
    said: str = ""


class NameRow(Record):
    """What became of a name.

    `reason` is "canonical", or why the name is one with `canonical`: same_normalised_form,
    acronym_defined, alias, similar, short_name, acronym_of_name, same_sound, name_in_context or
    judged.
    """

    id: str
    name: str
    entity_id: str
    canonical: str
    reason: str


class NameResolution(Record):
    """A row or a rejection for every name, in the order of the input."""

    rows: tuple[NameRow, ...]
    rejections: tuple[Rejection, ...]


def resolve_names(
    names: Sequence[Name],
    *,
    settings: DedupeSettings,
    embedder: Embedder,
    answers: Sequence[Answer] = (),
) -> NameResolution:
    """Find which names are one entity.

    A name without a visible character, of more than 1,000 characters, or with half a character is
    rejected.

    Args:
        names: in any order.
        settings: threshold and alias tables.
        embedder: embeds each distinct name once.
        answers: what a model said to the questions of `ask_about`.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    rejections = {row: fault for row, name in enumerate(names) if (fault := _find_fault(name))}
    kept = [name for row, name in enumerate(names) if row not in rejections]
    resolved = resolve_mentions(
        [_mention(name) for name in kept],
        definitions=(),
        settings=settings,
        embedder=embedder,
        answers=answers,
    )
    rows = [
        NameRow(
            id=name.id, name=name.name, entity_id=entity.id, canonical=entity.name, reason=reason
        )
        for name, entity, reason in zip(kept, resolved.entity_of, resolved.reasons, strict=True)
    ]
    return NameResolution(rows=tuple(rows), rejections=tuple(rejections.values()))


def ask_about(names: Sequence[Name], *, settings: DedupeSettings, embedder: Embedder) -> Questions:
    """What to ask a model before `resolve_names`, which takes the same arguments."""
    return ask_about_mentions(
        [_mention(name) for name in names if not _find_fault(name)],
        definitions=(),
        settings=settings,
        embedder=embedder,
    )


def _mention(name: Name) -> Mention:
    return Mention(name.name, name.kind, (name.context,) if name.context else (), name.said)


def names_of_triples(triples: Iterable[Triple]) -> list[Name]:
    """Two names a triple: "<id>:s" and "<id>:o"."""
    return [
        Name(
            id=f"{triple.id}:{end}",
            name=name,
            kind=kind,
            said=f"{triple.subject} {triple.predicate} {triple.object}",
        )
        for triple in triples
        for end, name, kind in (
            ("s", triple.subject, triple.subject_kind),
            ("o", triple.object, triple.object_kind),
        )
    ]


def _find_fault(name: Name) -> Rejection | None:
    if len(name.name) > MAX_NAME_CHARS:
        reason = "name_too_long"
        detail = f"{len(name.name)} characters, at most {MAX_NAME_CHARS}; is it a text, not a name?"
    elif _SURROGATE.search(name.name):
        # JSON can spell half of a character ("\\ud800"), and no file or model takes it.
        reason, detail = "name_not_unicode", "half of a surrogate pair; write the whole character."
    elif not any(map(_is_visible, name.name)):
        reason, detail = "name_empty", "no visible character; give the name in field `name`."
    else:
        return None
    return Rejection(stage="dedupe", item=name.id, reason=reason, detail=detail)


def _is_visible(char: str) -> bool:
    # Blanks, control and format characters show nothing.
    return not char.isspace() and unicodedata.category(char) not in ("Cc", "Cf")
