"""Questions to a workspace: its graph as a triple store that is made anew when it changed."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.errors import UsageError
from kgpipe.ids import content_id
from kgpipe.pipeline import load_graph
from kgpipe.publish.formats import publish_graph
from kgpipe.publish.iris import Iris
from kgpipe.query.sparql import AnswerForm, format_answer
from kgpipe.settings import PublishSettings
from kgpipe.workspace import Workspace


def read_query(query: str) -> str:
    """The text of a query that is given as such, or as the name of a .rq file.

    Raises:
        UsageError: the file cannot be read.
    """
    if not query.endswith(".rq"):
        return query
    try:
        return Path(query).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read the query file {query}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The query file {query} is not UTF-8; save it as UTF-8.") from error


def answer_sparql(
    query: str, workspace: Workspace, *, settings: PublishSettings, form: AnswerForm
) -> str:
    """Run a query over the approved facts, entities and provenance of a workspace.

    Pending and rejected facts are reached with GRAPH only, so that nobody takes them for facts.

    Raises:
        UsageError: the query is not valid.
        KgpipeError: the graph cannot be published or loaded.
    """
    store = _open_store(workspace, settings)
    iris = Iris(settings.base_iri)
    with closing(store):
        columns, rows = store.query(
            query,
            default_graphs=iris.default_graphs(),
            base_iri=iris.base,
            prefixes=iris.prefixes(),
        )
    return format_answer(rows, columns=columns, form=form)


def _open_store(workspace: Workspace, settings: PublishSettings) -> OxigraphStore:
    """The triple store of the workspace's present state, loaded again only if that has changed."""
    state = content_id("store", workspace.state_digest(), settings.model_dump(mode="json"))
    folder = workspace.folder
    if folder is None:
        with TemporaryDirectory() as made:
            store = OxigraphStore()
            _load(store, workspace, settings, Path(made))
        return store
    is_current = (folder / "store").is_dir() and workspace.read_note("store") == state
    store = OxigraphStore(folder / "store")
    if not is_current:
        # Loading empties the store first: cut short, it must not pass for any state.
        workspace.write_note("store", None)
        _load(store, workspace, settings, folder / "rdf")
        workspace.write_note("store", state)
    return store


def _load(
    store: OxigraphStore, workspace: Workspace, settings: PublishSettings, folder: Path
) -> None:
    publish_graph(load_graph(workspace), form="rdf", folder=folder, settings=settings)
    store.load(folder / "graph.nq")
