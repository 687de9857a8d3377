"""Questions to a workspace in plain words: its facts as statements, its names, its vectors."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from kgpipe.dedupe.aliases import group_names, other_names, read_tables
from kgpipe.errors import KgpipeError, ServiceError, UsageError
from kgpipe.pipeline import load_graph
from kgpipe.ports import ChatModel, Embedder, Port
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.query.ask import Answer, answer_question, describe_answer
from kgpipe.query.names import NameIndex
from kgpipe.query.paths import Paths, describe_paths, find_paths
from kgpipe.query.prose import Prose, describe_prose, write_prose
from kgpipe.query.retrieve import FactIndex
from kgpipe.query.statements import Name, Quote, Statement
from kgpipe.query.summarise import Summary, describe_summary, summarise_entity
from kgpipe.query.wording import write_sentence
from kgpipe.replies import StageReplies
from kgpipe.settings import DedupeSettings, PublishSettings, Settings
from kgpipe.types import Entity, Graph, Triple
from kgpipe.vectors import store_vectors
from kgpipe.wiring import wire_embedder
from kgpipe.wiring_extract import Paid, wire_stored_chat
from kgpipe.workspace import Workspace

# Characters before and after a quote whose words help to find it: two or three sentences, in
# which stands what "it" or "the camp" is.
_BEFORE, _AFTER = 250, 100


# A model that answers questions: one at a time.
_STAGE = "ask"
# Weights and thresholds of retrieval were chosen with this one.
_EMBEDDER = "minilm"


class Asked(NamedTuple):
    """The facts found for a question and, where a model was named, its prose about them."""

    answer: Answer
    prose: Prose | None = None

    @property
    def in_graph(self) -> bool:
        """Whether the graph answers.

        A model that was shown the facts decides over their score, unless all that it wrote was
        dropped: then nothing is known but the facts.
        """
        if self.prose is None or (self.prose.dropped and not self.prose.sentences):
            return self.answer.in_graph
        return bool(self.prose.sentences)


def ask_workspace(
    question: str,
    workspace: Workspace,
    settings: Settings,
    *,
    model: str | None = None,
    base_url: str = "",
    limit: int = 5,
    approved_only: bool = False,
) -> Asked:
    """Answer a question from the facts of a workspace.

    Args:
        question: in plain words.
        workspace: keeps vectors and replies, so that the next question is answered faster and no
            reply is paid for twice.
        settings: the whole tree.
        model: PROVIDER:NAME or gguf:PATH, to write prose about the facts; None for the facts alone.
        base_url: of a server with OpenAI's protocol.
        limit: facts at most.
        approved_only: leave out what is not yet verified.

    Raises:
        UsageError: the question has no words, or there is no such model.
        KgpipeError: the model cannot be reached.
    """
    if not any(char.isalnum() for char in question):
        raise UsageError('Ask a question in words: kgpipe ask "Who exports gold?" -w W')
    chat = None if model is None else wire_asked(model, workspace, settings, base_url=base_url)
    embedder = wire_embedder(_EMBEDDER)
    graph = load_graph(workspace, traces=False, words=False)
    index = index_facts(
        graph, workspace, embedder=embedder, approved_only=approved_only, settings=settings
    )
    answer = answer_question(question, index=index, limit=limit)
    if chat is None:
        return Asked(answer)
    facts = [found.statement for found in answer.facts]
    try:
        prose = write_prose(question, facts, chat=chat.make(), embedder=index.embedder)
    except ServiceError as error:
        raise KgpipeError(f"{chat.name} did not answer: {error}. Try again.") from error
    return Asked(answer, prose)


def wire_asked(
    model: str, workspace: Workspace, settings: Settings, *, base_url: str
) -> Port[ChatModel]:
    """The chat model of that name; what it answers is kept in the workspace.

    Raises:
        UsageError: there is no such model.
    """
    if ":" not in model:
        raise UsageError(
            f"Unknown model {model!r}: use PROVIDER:NAME of a chat model such as "
            "openai:gpt-4.1-mini or ollama:NAME, or gguf:PATH for a local file."
        )
    replies = StageReplies(workspace, _STAGE)
    paid = Paid(settings.extract, settings.calls, replies)
    return wire_stored_chat(model, paid, base_url=base_url, concurrency=1)


def collect_statements(
    graph: Graph, *, settings: PublishSettings, approved_only: bool = False
) -> list[Statement]:
    """The facts of a graph as statements, in the order of their ids; rejected ones are left out.

    Args:
        graph: of a workspace.
        settings: what passes as approved.
        approved_only: leave out what is not yet verified, too.

    Raises:
        KeyError: a claim names a triple, document or entity that the graph lacks.
    """
    sources = {document.id: document.source for document in graph.documents}
    entities = {entity.id: entity for entity in graph.entities}
    wanted = {"approved"} if approved_only else {"approved", "pending"}
    return [
        _as_statement(fact, sources, entities)
        for fact in collect_facts(graph, settings=settings)
        if fact.gate in wanted
    ]


def index_names(
    graph: Graph, statements: list[Statement], *, settings: DedupeSettings
) -> NameIndex:
    """The names of all entities that a statement is about, with what alias tables call them.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    facts = Counter(end for one in statements for end in {one.subject_id, one.object_id})
    groups = group_names(row for table in read_tables(settings) for row in table)
    # A table's name that is another entity's own name stays with that one.
    return NameIndex(
        (_as_name(entity, groups) for entity in graph.entities if facts[entity.id]), facts
    )


def index_facts(
    graph: Graph,
    workspace: Workspace,
    *,
    embedder: Port[Embedder],
    approved_only: bool = False,
    settings: Settings,
) -> FactIndex:
    """Make the facts of a graph ready to be asked; the vectors stay in the workspace.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    statements = collect_statements(graph, settings=settings.publish, approved_only=approved_only)
    return FactIndex(
        statements,
        names=index_names(graph, statements, settings=settings.dedupe),
        embedder=store_vectors(embedder, workspace.transaction).make(),
        passages=_read_around(graph, statements),
    )


def _read_around(graph: Graph, statements: list[Statement]) -> dict[str, str]:
    """By statement id the document's title and the text around the first quote."""
    documents = {document.source: document for document in graph.documents}
    found = {}
    for one in statements:
        quote = one.quotes[0]
        if quote.start is not None and quote.end is not None:
            document = documents[quote.source]
            around = document.text[max(0, quote.start - _BEFORE) : quote.end + _AFTER]
            found[one.id] = f"{document.title}. {around}"
    return found


def summarise_workspace(
    asked: str,
    workspace: Workspace,
    settings: Settings,
    *,
    to: str | None = None,
    hops: int = 1,
    most: int = 25,
    approved_only: bool = False,
) -> Summary | Paths:
    """What the graph of a workspace states around an entity, or between two.

    Args:
        asked: a name of the entity, or its id.
        workspace: of the graph.
        settings: the whole tree.
        to: the other entity, for paths.
        hops: how far to go without one.
        most: facts told at each distance.
        approved_only: leave out what is not yet verified.

    Raises:
        UsageError: a name is unknown or stands for several entities; candidates are listed.
    """
    graph = load_graph(workspace, traces=False, words=False)
    statements = collect_statements(graph, settings=settings.publish, approved_only=approved_only)
    names = index_names(graph, statements, settings=settings.dedupe)
    entity = names.resolve(asked)
    if to is None:
        return summarise_entity(entity, statements, hops=hops, most=most)
    return find_paths(entity, names.resolve(to), statements)


def describe_summarised(found: Summary | Paths) -> str:
    """What `summarise_workspace` found as text."""
    return describe_paths(found) if isinstance(found, Paths) else describe_summary(found)


def describe_asked(asked: Asked) -> str:
    """The answer as text: prose, if a model wrote some, then the facts."""
    if asked.prose is None:
        return describe_answer(asked.answer)
    answer = asked.answer.model_copy(update={"in_graph": asked.in_graph})
    told = describe_prose(asked.prose)
    return (f"{told}\n\n" if told else "") + describe_answer(answer)


def describe_dropped(asked: Asked) -> list[str]:
    """What a model wrote that does not stand, for people."""
    prose = asked.prose
    if prose is None:
        return []
    lines = [
        f"{count} x a sentence of the model's was dropped: {fault}"
        for fault, count in prose.faults.items()
    ]
    if lines and not prose.sentences:
        lines.append("Nothing that the model wrote stands: these are the facts alone.")
    return lines


def show_asked(asked: Asked) -> dict[str, Any]:
    """The answer as JSON values."""
    prose = asked.prose
    return {
        **asked.answer.model_dump(mode="json"),
        "in_graph": asked.in_graph,
        "prose": None if prose is None else {
            **prose.model_dump(mode="json"), "text": describe_prose(prose), "faults": prose.faults
        },
    }  # fmt: skip


def _as_statement(
    fact: Fact, sources: Mapping[str, str], entities: Mapping[str, Entity]
) -> Statement:
    claim = fact.claim
    # Imported triples come last: they have nothing to show.
    support = sorted(fact.support, key=lambda triple: (triple.evidence is None, triple.id))
    first = support[0]
    kind = entities[claim.subject_id].kind
    sentence = write_sentence(
        claim.subject, first.predicate, claim.object,
        quote=first.evidence.quote if first.evidence else "", said_subject=first.subject,
        said_object=first.object, negated=claim.negated, subject_kind=kind,
    )  # fmt: skip
    return Statement(
        id=claim.id,
        subject_id=claim.subject_id,
        object_id=claim.object_id,
        subject=claim.subject,
        predicate=claim.predicate,
        object=claim.object,
        subject_kind=kind,
        object_kind=entities[claim.object_id].kind,
        sentence=sentence,
        status="approved" if fact.gate == "approved" else "not yet verified",
        probability=fact.verdict.probability if fact.verdict else None,
        quotes=tuple(_as_quote(triple, sources) for triple in support),
        negated=claim.negated,
        hedged=claim.hedged,
        conditional=claim.conditional,
        attributed_to=claim.attributed_to,
        time=claim.time,
        place=claim.place,
        quantity=claim.quantity,
    )


def _as_quote(triple: Triple, sources: Mapping[str, str]) -> Quote:
    said = triple.evidence
    return Quote(
        source=sources[triple.document_id],
        page=said.page if said else None,
        start=said.span.start if said else None,
        end=said.span.end if said else None,
        text=said.quote if said else "",
        subject=triple.subject,
        predicate=triple.predicate,
        object=triple.object,
    )


def _as_name(entity: Entity, groups: Mapping[str, tuple[str, ...]]) -> Name:
    listed = {name for own in entity.names for name in other_names(own, groups)}
    others = sorted({*entity.names, *listed} - {entity.name})
    return Name(id=entity.id, name=entity.name, kind=entity.kind, others=tuple(others))
