"""Questions to a workspace: its graph as a triple store that is made anew when it changed."""

import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kgpipe.assets import asset_path
from kgpipe.backends.triplestore import Dataset, OxigraphStore
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id
from kgpipe.linking import read_links
from kgpipe.pipeline import load_graph
from kgpipe.publish.formats import publish_graph
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import FORM
from kgpipe.publishing import read_alignment
from kgpipe.query.sparql import AnswerForm, format_answer
from kgpipe.settings import PublishSettings
from kgpipe.workspace import Workspace

_WORKED = "data/queries"


def worked_queries(suffix: str = ".rq") -> dict[str, Path]:
    """The queries that ship with kgpipe, by name; the first line of each says what it asks."""
    return {path.stem: path for path in sorted(asset_path(_WORKED).glob(f"*{suffix}"))}


def describe_query(path: Path) -> str:
    """The question that a worked query answers."""
    with path.open(encoding="utf-8") as lines:
        return next(lines).strip("#/ \n")


def read_query(query: str) -> str:
    """The text of a query that is given as such, as a .rq file, or as the name of a worked one.

    Raises:
        UsageError: the file cannot be read, or no worked query has that name.
    """
    if query.endswith(".rq"):
        return _read_file(Path(query))
    # No SPARQL query is a single word.
    if query.isidentifier():
        worked = worked_queries()
        if query not in worked:
            raise UsageError(
                f"There is no worked query {query!r}. Choose one of {', '.join(worked)}, or give "
                "SPARQL text, or a .rq file."
            )
        return _read_file(worked[query])
    return query


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read the query file {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The query file {path} is not UTF-8; save it as UTF-8.") from error


def answer_sparql(
    query: str, workspace: Workspace, *, settings: PublishSettings, form: AnswerForm
) -> str:
    """Run a query over the approved facts, entities and provenance of a workspace.

    Pending and rejected facts are reached with GRAPH only, so that nobody takes them for facts.

    Raises:
        UsageError: the query is not valid.
        KgpipeError: the graph cannot be published or loaded.
    """
    iris = Iris(settings.base_iri)
    with _open_store(workspace, settings) as store, _interruptible():
        columns, rows = store.query(
            query,
            default_graphs=iris.default_graphs(),
            base_iri=iris.base,
            prefixes=iris.prefixes(),
        )
    return format_answer(rows, columns=columns, form=form)


@contextmanager
def hold_store(
    workspace: Workspace, *, settings: PublishSettings
) -> Iterator[tuple[Path, Dataset]]:
    """The folder of an up-to-date store that nobody writes to meanwhile, and what queries see.

    Raises:
        UsageError: the workspace has no folder.
        KgpipeError: the graph cannot be published or loaded, or another process has the store.
    """
    if workspace.folder is None:
        raise UsageError("A workspace in memory has no store to serve.")
    with _open_store(workspace, settings):
        yield workspace.folder / "store", dataset_of(settings)


def dataset_of(settings: PublishSettings) -> Dataset:
    """What a query sees that says nothing else."""
    iris = Iris(settings.base_iri)
    return Dataset(iris.default_graphs(), base_iri=iris.base, prefixes=iris.prefixes())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl+C end the process at once, since the library does not look for signals.

    The store is written to by loading alone, and that survives being ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _open_store(workspace: Workspace, settings: PublishSettings) -> Iterator[OxigraphStore]:
    """The triple store of the workspace's present state, loaded again only if that has changed.

    Whoever reads the store keeps others from loading it, not from reading.
    """
    # Queries are written for claims in named graphs, whatever form is published.
    settings = settings.model_copy(update={"syntaxes": ("nquads",), "rdf12": False})
    folder = workspace.folder
    if folder is None:
        with TemporaryDirectory() as made, closing(OxigraphStore()) as store:
            _load(store, workspace, settings, Path(made))
            yield store
        return
    said = settings.model_dump(mode="json")
    state = content_id("store", FORM, workspace.state_digest(), said)
    if not ((folder / "store").is_dir() and workspace.read_note("store") == state):
        with _lock_store(folder, alone=True), closing(OxigraphStore(folder / "store")) as store:
            # Loading empties the store first: cut short, it must not pass for any state.
            workspace.write_note("store", None)
            _load(store, workspace, settings, folder / "rdf")
        workspace.write_note("store", state)
    with (
        _lock_store(folder, alone=False),
        closing(OxigraphStore(folder / "store", read_only=True)) as store,
    ):
        yield store


@contextmanager
def _lock_store(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the store for reading together with others, or alone; SQLite's locks end with us.

    Raises:
        KgpipeError: others hold it.
    """
    with closing(sqlite3.connect(folder / "store.lock", timeout=0, isolation_level=None)) as holder:
        try:
            holder.execute("BEGIN EXCLUSIVE" if alone else "BEGIN")
            # Only reading takes the shared lock.
            holder.execute("SELECT * FROM sqlite_master").fetchall()
        except sqlite3.OperationalError as error:
            raise KgpipeError(
                f"The triple store of {folder} is in use by another kgpipe ({error}), and it is to "
                "be loaded anew since the graph or its settings changed. End that one (is it "
                "`kgpipe serve`?), then try again."
            ) from error
        yield


def _load(
    store: OxigraphStore, workspace: Workspace, settings: PublishSettings, folder: Path
) -> None:
    graph = load_graph(workspace, traces=False, words=False)
    alignment = read_alignment(workspace, graph)
    # Shapes are a condition for what others get.
    publish_graph(
        graph, form="rdf", folder=folder, settings=settings, alignment=alignment,
        links=read_links(workspace, graph.entities), validate=False,
    )  # fmt: skip
    store.load(folder / "graph.nq")
