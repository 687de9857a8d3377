"""The way out: one call that checks a graph and writes it in one of the published forms."""

from pathlib import Path
from typing import Literal

from kgpipe.errors import KgpipeError
from kgpipe.publish.check import check_graph
from kgpipe.publish.cypher import write_cypher
from kgpipe.publish.graphml import write_graphml
from kgpipe.publish.rdf import write_rdf
from kgpipe.publish.tables import write_tables
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph

Format = Literal["rdf", "csv", "cypher", "graphml"]
# More would bury the message; the count is told.
_FAULTS_SHOWN = 10


def publish_graph(
    graph: Graph, *, form: Format, folder: Path, settings: PublishSettings
) -> list[Path]:
    """Write the graph into `folder` (made if absent) and return the files.

    Raises:
        KgpipeError: a quote or a reference does not hold; nothing is written then.
        UsageError: `settings.base_iri` is no usable base.
    """
    faults = check_graph(graph)
    if faults:
        shown = [f"  {item.item}: {item.reason}: {item.detail}" for item in faults]
        more = "\n  ..." if len(faults) > _FAULTS_SHOWN else ""
        raise KgpipeError(
            f"Nothing was published: {len(faults)} violations in the graph. Run the pipeline again "
            "over the input that they name.\n" + "\n".join(shown[:_FAULTS_SHOWN]) + more
        )
    folder.mkdir(parents=True, exist_ok=True)
    match form:
        case "rdf":
            return write_rdf(graph, folder, settings=settings)
        case "csv":
            return write_tables(graph, folder)
        case "cypher":
            return [write_cypher(graph, folder / "graph.cypher", settings=settings)]
        case "graphml":
            return [write_graphml(graph, folder / "graph.graphml")]
