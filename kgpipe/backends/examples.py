"""Few-shot examples, and what of them leaks into a model's answers about other texts.

Small models copy from their examples: a peer's graphs held the people of its prompt (LightRAG,
issues 191 and 1354). A name that an example holds and the text does not is such a leak.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from kgpipe.errors import UsageError
from kgpipe.text.lenient_json import find_objects
from kgpipe.types import Candidate, Record


class ExampleFact(Record):
    """A fact that the example's text states; `says` is the text's own words for it."""

    says: str
    subject: str
    predicate: str
    object: str


class Example(Record):
    """A text of one sentence or more, and the facts that it states.

    `language` limits it to chunks in that language (ISO 639-1); "" fits all.
    """

    text: str
    facts: tuple[ExampleFact, ...]
    language: str = ""


def read_examples(path: Path) -> tuple[Example, ...]:
    """Read JSON Lines {"text", "facts": [{"says", "subject", "predicate", "object"}], "language"?}.

    Raises:
        UsageError: the file cannot be read, or a line is no such example.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the examples {path}: {error}.") from error
    try:
        return tuple(Example.model_validate_json(line) for line in lines if line.strip())
    except ValidationError as error:
        raise UsageError(
            f'{path}: a line is not {{"text", "facts": [{{"says", "subject", "predicate", '
            f'"object"}}]}}: {error.errors()[0]["msg"]}.'
        ) from error


def names_in_prompt(prompt: str) -> list[str]:
    """The subjects and objects of the JSON examples that a prompt holds."""
    shown = [found.get("triples", ()) for found in find_objects(prompt)]
    return [str(item.get(end, "")) for items in shown for item in items
            for end in ("subject", "object")]  # fmt: skip


def names_in(examples: Iterable[Example]) -> list[str]:
    """The subjects and objects of examples."""
    return [name for e in examples for fact in e.facts for name in (fact.subject, fact.object)]


def mark_leaks(
    candidates: Iterable[Candidate], *, names: Iterable[str], text: str
) -> Iterator[Candidate]:
    """Mark those as `leaked_example` whose subject or object is an example's and not the text's.

    Args:
        candidates: what the model answered.
        names: subjects and objects of the examples that it was shown.
        text: all that it was shown of the document.
    """
    shown = [_words(name) for name in names]
    said = _words(text)
    for candidate in candidates:
        ends = (_words(candidate.subject), _words(candidate.object))
        leaks = any(not end <= said and any(end <= name for name in shown) for end in ends)
        fault = "leaked_example" if leaks else candidate.fault
        yield candidate.model_copy(update={"fault": fault})


def example_reply(example: Example) -> str:
    """The reply that a model should have given to an example."""
    facts = [fact.model_dump() for fact in example.facts]
    return json.dumps({"facts": facts}, ensure_ascii=False, separators=(",", ":"))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
