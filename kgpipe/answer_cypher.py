"""The workspace as a property graph: published to a server, or asked through one of our own."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kgpipe import __version__
from kgpipe.assets import asset_path
from kgpipe.backends.arcadedb import GraphProcess
from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id
from kgpipe.linking import read_links
from kgpipe.pipeline import load_graph
from kgpipe.ports import Embedder, GraphServer, Port
from kgpipe.publish.check import refuse_faults
from kgpipe.publish.property_graph import PropertyGraph, make_property_graph
from kgpipe.publish.property_graph_names import PROPERTIES
from kgpipe.publish.property_graph_sync import Changes, synchronise_graph
from kgpipe.publish.property_graph_vectors import add_vectors
from kgpipe.query.cypher import name_columns, refuse_writes
from kgpipe.settings import PublishSettings
from kgpipe.workspace import Workspace

_NAME = re.compile(r"\w+")
Answer = tuple[tuple[str, ...], list[tuple[object, ...]], bool]


def read_cypher(query: str) -> str:
    """The text of a query: given as such, as the name of a .cypher file, or of a worked example.

    Raises:
        UsageError: the file cannot be read, or there is no example of this name.
    """
    if _NAME.fullmatch(query):
        folder = asset_path("data/queries")
        if not (folder / f"{query}.cypher").is_file():
            known = ", ".join(sorted(path.stem for path in folder.glob("*.cypher")))
            raise UsageError(f"There is no worked query {query!r}; there are {known}.")
        query = str(folder / f"{query}.cypher")
    if not query.endswith(".cypher"):
        return query
    try:
        return Path(query).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read the query file {query}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The query file {query} is not UTF-8; save it as UTF-8.") from error


def name_dataset(workspace: Workspace, settings: PublishSettings) -> str:
    """What marks the nodes of this workspace in a database that others use too.

    The setting, else a name that the workspace was given at its first publish and keeps when its
    folder is moved; a copy of the folder has the same name and so replaces the same graph.
    """
    if settings.dataset:
        return settings.dataset
    noted = workspace.read_note("dataset")
    if isinstance(noted, str):
        return noted
    folder = workspace.folder
    name = content_id("kg", str(folder.resolve()) if folder else "")
    workspace.write_note("dataset", name)
    return name


def publish_to_server(
    workspace: Workspace,
    *,
    server: GraphServer,
    settings: PublishSettings,
    embedder: Port[Embedder] | None = None,
) -> tuple[PropertyGraph, Changes]:
    """Bring this workspace's part of a database to its present state.

    Args:
        workspace: its latest run.
        server: the database.
        settings: base of IRIs, and name of the dataset.
        embedder: gives entities the vectors of their names, if the server has an index of them.

    Returns:
        The rows that are there now, and what was done for it.

    Raises:
        KgpipeError: the graph has faults, or the server fails; a rerun completes what was begun.
    """
    wanted = _make_rows(workspace, settings)
    changes = synchronise_graph(wanted, server=server)
    if embedder is not None:
        added = add_vectors(wanted.dataset, server=server, embedder=embedder)
        if added is None:
            changes.skipped.append("vector search")
        elif added:
            changes.written["vectors"] = added
    return wanted, changes


def answer_cypher(
    query: str,
    workspace: Workspace,
    *,
    settings: PublishSettings,
    most_rows: int,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Ask the workspace's graph on a server of our own; see `BoltGraph.answer`.

    The database stays in the folder `bolt` of the workspace, and is brought up to date first if
    the workspace has changed, which `tell` is told, since it takes a while.

    Raises:
        UsageError: the query could write, is not valid, or the extra is not installed.
        KgpipeError: the graph cannot be loaded, or the query takes too long.
    """
    refuse_writes(query)
    with _open_server(workspace, settings, tell) as server:
        return _ask(query, server, most_rows=most_rows, seconds=seconds)


def ask_server(query: str, server: BoltGraph, *, most_rows: int, seconds: float) -> Answer:
    """Ask a server that is there already; see `answer_cypher`."""
    refuse_writes(query)
    return _ask(query, server, most_rows=most_rows, seconds=seconds)


def _ask(query: str, server: BoltGraph, *, most_rows: int, seconds: float) -> Answer:
    columns, rows, is_cut = server.answer(query, most_rows=most_rows, seconds=seconds)
    return columns or name_columns(query), rows, is_cut


@contextmanager
def _open_server(
    workspace: Workspace, settings: PublishSettings, tell: Callable[[str], None]
) -> Iterator[BoltGraph]:
    """The embedded server with the workspace's present state in it."""
    with TemporaryDirectory() as made:
        folder = (workspace.folder or Path(made)) / "bolt"
        state = content_id(
            "bolt",
            # What another version loaded is brought up to date.
            (__version__, PROPERTIES),
            workspace.state_digest(),
            settings.model_dump(mode="json"),
        )
        is_current = (folder / "databases").is_dir() and workspace.read_note("bolt") == state
        wanted = None if is_current else _make_rows(workspace, settings)
        rows = wanted.node_count + wanted.link_count if wanted else workspace.read_note("bolt_rows")
        with closing(GraphProcess(folder, rows=rows)) as process:
            if wanted is not None:
                tell(f"Bringing the graph in {folder} up to date ({rows:,} rows) ...")
                # Cut short, it must not pass for any state.
                workspace.write_note("bolt", None)
                synchronise_graph(wanted, server=process.graph)
                workspace.write_note("bolt_rows", rows)
                workspace.write_note("bolt", state)
            yield process.graph


def _make_rows(workspace: Workspace, settings: PublishSettings) -> PropertyGraph:
    graph = load_graph(workspace, words=False)
    refuse_faults(graph)
    if not graph.documents and not graph.claims:
        raise KgpipeError(f"The workspace {workspace.folder} holds no graph yet: kgpipe run first.")
    dataset = name_dataset(workspace, settings)
    links = read_links(workspace, graph.entities)
    return make_property_graph(graph, dataset=dataset, settings=settings, links=links)
