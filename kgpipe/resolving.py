"""Resolution of a workspace: obeys what people decided, and remembers what it went by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from kgpipe.decisions import settle_decisions
from kgpipe.dedupe.acronyms import find_definitions
from kgpipe.dedupe.aliases import alias_digests
from kgpipe.dedupe.ask import answer_question, prompt_digest
from kgpipe.dedupe.conflicts import conflict_digest
from kgpipe.dedupe.grey import Answer, Question, Questions
from kgpipe.dedupe.resolve import find_questions, resolve_triples
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel, Embedder, Port
from kgpipe.schema import Schema
from kgpipe.settings import DedupeSettings
from kgpipe.text.relations import relation_data_digests
from kgpipe.types import Document, Record, Resolution, Triple
from kgpipe.vectors import store_vectors
from kgpipe.workspace import Workspace

# Raise it when the code of resolution changes what it returns for the same triples.
VERSION = "6"
# The same for what a model is asked and what is read in its replies: stages `grey` and `compare`.
GREY_VERSION = COMPARE_VERSION = "1"
STAGES = {"grey": GREY_VERSION, "compare": COMPARE_VERSION, "dedupe": VERSION}
_NOTE = "dedupe"


class ResolutionChoices(Record):
    """What the latest run resolved by; `judge` is the name of the model that was asked."""

    settings: DedupeSettings
    schema_: Schema | None = None
    judge: str = ""


def resolve_all(
    workspace: Workspace,
    triples: Sequence[Triple],
    documents: Sequence[Document],
    *,
    choices: ResolutionChoices,
    embedder: Port[Embedder],
    judge: Port[ChatModel] | None = None,
    may_wait: bool = False,
) -> Resolution:
    """Find which names are one entity and which triples are one claim, as people decided.

    Args:
        workspace: keeps the results.
        triples: of the whole corpus.
        documents: that define acronyms.
        choices: settings and schema.
        embedder: of names and wordings of relations.
        judge: is asked about names in the grey band; None for nobody.
        may_wait: goes on though no question could be answered.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: decisions contradict each other, or the judge failed on every question.
    """
    settings, schema = choices.settings, choices.schema_
    workspace.write_note(_NOTE, choices.model_dump(mode="json"))
    bound = _bind(workspace, triples, documents, settings=settings, embedder=embedder)
    answers: list[Answer] = []
    if judge is not None:
        grey = _find_grey(workspace, triples, bound, settings=settings)
        answers = ask_all(workspace, grey, settings=settings, judge=judge, may_wait=may_wait)
    answered = [content_id("answers", [one.model_dump(mode="json") for one in answers])]
    return workspace.once(
        "dedupe", partial(resolve_triples, schema=schema, answers=answers, **bound.known),
        triples, returns=Resolution, version=VERSION, settings=settings,
        data=[*bound.tables, *relation_data_digests(), conflict_digest(),
              schema.digest if schema else "", bound.decided, *(answered if answers else [])],
        key=bound.key, embedder=bound.embedder,
    )  # fmt: skip


def list_questions(
    workspace: Workspace,
    triples: Sequence[Triple],
    documents: Sequence[Document],
    *,
    settings: DedupeSettings,
    embedder: Port[Embedder],
) -> tuple[Question, ...]:
    """What `resolve_all` would ask its judge, replies that are stored included.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: decisions contradict each other.
    """
    bound = _bind(workspace, triples, documents, settings=settings, embedder=embedder)
    return _find_grey(workspace, triples, bound, settings=settings).questions


@dataclass(frozen=True)
class _Bound:
    """What both stages work with: keywords of their functions, and what their keys are made of."""

    known: dict[str, Any]
    key: str
    tables: list[str]
    decided: str
    embedder: Port[Embedder]


def _bind(
    workspace: Workspace,
    triples: Sequence[Triple],
    documents: Sequence[Document],
    *,
    settings: DedupeSettings,
    embedder: Port[Embedder],
) -> _Bound:
    definitions = sorted({pair for d in documents for pair in find_definitions(d.text)})
    decisions = workspace.decisions()
    return _Bound(
        known={
            "definitions": definitions,
            "decisions": decisions,
            "memo": workspace.memo("pairs", embedder.name, VERSION),
        },
        key=content_id("corpus", [triple.id for triple in triples], definitions),
        tables=alias_digests(settings),
        decided=settle_decisions(decisions).digest,
        embedder=store_vectors(embedder, workspace.transaction),
    )


def _find_grey(
    workspace: Workspace, triples: Sequence[Triple], bound: _Bound, *, settings: DedupeSettings
) -> Questions:
    return workspace.once(
        "grey", partial(find_questions, **bound.known), triples, returns=Questions,
        # What is grey depends on what is one already.
        version=f"{GREY_VERSION}.{VERSION}", settings=settings,
        data=[*bound.tables, bound.decided, str(settings.judge_from), str(settings.max_questions)],
        key=bound.key, embedder=bound.embedder,
    )  # fmt: skip


def ask_all(
    workspace: Workspace,
    grey: Questions,
    *,
    settings: DedupeSettings,
    judge: Port[ChatModel],
    may_wait: bool = False,
) -> list[Answer]:
    """The answers of a model; what has none, for now or for good, is rejected in the workspace.

    Raises:
        KgpipeError: the model failed on every question, and `may_wait` is false.
    """
    found = workspace.map(
        "compare", answer_question, grey.questions, key=_question_key, name=_question_name,
        returns=Answer, version=COMPARE_VERSION, data=[prompt_digest()], pool="threads",
        workers=settings.concurrency, chat=judge,
    )  # fmt: skip
    if not may_wait:
        # With some answers the run goes on, and the next one asks what is left.
        workspace.refuse_failure("compare", 1.0)
    return [answer for answer in found if isinstance(answer, Answer)]


def _question_key(question: Question) -> str:
    return question.key


def _question_name(question: Question) -> str:
    return f"{question.left.name} | {question.right.name}"


def latest_choices(workspace: Workspace) -> ResolutionChoices | None:
    """What the workspace's latest run resolved by; None if none has come so far.

    Raises:
        KgpipeError: another version of kgpipe wrote it.
    """
    note = workspace.read_note(_NOTE)
    if note is None:
        return None
    try:
        return ResolutionChoices.model_validate(note)
    except ValidationError as error:
        raise KgpipeError(
            "The workspace was last resolved by another version of kgpipe: call kgpipe run once."
        ) from error
