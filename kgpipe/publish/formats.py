"""The way out: one call that checks a graph and writes it in one of the published forms."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from kgpipe.publish.alignment import UNALIGNED, Alignment
from kgpipe.publish.check import refuse_faults
from kgpipe.publish.cypher import write_cypher
from kgpipe.publish.datacard import Making, write_card
from kgpipe.publish.graphml import write_graphml
from kgpipe.publish.nanopubs import write_nanopubs
from kgpipe.publish.parquet import write_parquet
from kgpipe.publish.picture import write_picture
from kgpipe.publish.rdf import write_rdf
from kgpipe.publish.shapes import REPORT, publish_valid
from kgpipe.publish.tables import write_tables
from kgpipe.settings import PublishSettings
from kgpipe.tiles import EntityLinks
from kgpipe.types import Graph

Format = Literal["rdf", "csv", "parquet", "cypher", "graphml", "nanopub", "html", "card"]
# Forms that need a library which the core does without.
_LIBRARIES: dict[Format, str] = {"parquet": "pyarrow", "nanopub": "nanopub"}


def publish_graph(
    graph: Graph,
    *,
    form: Format | Literal["all"],
    folder: Path,
    settings: PublishSettings,
    alignment: Alignment = UNALIGNED,
    making: Making | None = None,
    links: Sequence[EntityLinks] = (),
    validate: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the graph into `folder` (made if absent) and return the files.

    Args:
        graph: everything.
        form: what to write; `all` writes every form into a folder of its own, but for those whose
            library is not installed.
        folder: where.
        settings: how.
        alignment: what RDF ties things, classes and relations to.
        making: what the data card tells of how the graph was made.
        links: where entities lie, and the satellite tiles that show them.
        validate: hold RDF against its SHACL shapes first.
        tell: called with what they found, and with what was left out.

    Raises:
        KgpipeError: a quote, a reference or a shape does not hold; nothing is written then but
            the report on shapes.
        UsageError: `settings.base_iri` is no usable base.
    """
    refuse_faults(graph)
    rdf = partial(write_rdf, graph, alignment=alignment, links=links)
    publish_rdf = partial(publish_valid, rdf, tell=tell) if validate else partial(_unchecked, rdf)
    write = partial(
        _write, graph, settings=settings, making=making, links=links, publish_rdf=publish_rdf
    )
    if form != "all":
        return write(form=form, folder=folder)
    forms = [one for one in get_args(Format) if find_spec(_LIBRARIES.get(one, "kgpipe"))]
    for one in sorted(set(get_args(Format)) - set(forms)):
        tell(f"{one} was left out, it needs: pip install 'kgpipe[{one}]'.")
    return [path for one in forms for path in write(form=one, folder=folder / one)]


def _unchecked(
    write: Callable[..., list[Path]], folder: Path, *, settings: PublishSettings
) -> list[Path]:
    # A report that stands there is about another graph.
    (folder / REPORT).unlink(missing_ok=True)
    return write(folder, settings=settings)


def _write(
    graph: Graph,
    *,
    form: Format,
    folder: Path,
    settings: PublishSettings,
    making: Making | None,
    links: Sequence[EntityLinks],
    publish_rdf: Callable[..., list[Path]],
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    match form:
        case "rdf":
            paths = publish_rdf(folder, settings=settings)
        case "csv":
            paths = write_tables(graph, folder, settings=settings, links=links)
        case "parquet":
            paths = write_parquet(graph, folder, settings=settings, links=links)
        case "cypher":
            path = folder / "graph.cypher"
            paths = [write_cypher(graph, path, settings=settings, links=links)]
        case "graphml":
            paths = [write_graphml(graph, folder / "graph.graphml", settings=settings)]
        case "nanopub":
            paths = write_nanopubs(graph, folder / "nanopubs", settings=settings)
        case "html":
            paths = [write_picture(graph, folder / "graph.html", settings=settings)]
        case "card":
            paths = write_card(graph, folder, settings=settings, making=making)
    return paths
