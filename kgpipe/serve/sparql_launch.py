"""Starts the SPARQL endpoint on this machine."""

from collections.abc import Callable
from pathlib import Path

from kgpipe.backends.query_process import Limits, QueryProcesses
from kgpipe.backends.triplestore import Dataset
from kgpipe.serve.launch import address_of, listen, names_of, run_server
from kgpipe.serve.sparql import create_endpoint

# Where it is looked for first, beside the review page; any free port will do.
USUAL_PORT = 8378


def serve_sparql(
    store: Path,
    *,
    dataset: Dataset,
    title: str,
    host: str,
    port: int | None,
    workers: int,
    limits: Limits,
    announce: Callable[[str], None],
) -> None:
    """Serve a store until the process is interrupted.

    Args:
        store: its folder, which nobody writes to meanwhile.
        dataset: what a query sees that names no graphs.
        title: of the graph.
        host: the address to listen on.
        port: None for the usual one, or any that is free where that is taken.
        workers: queries that are answered at a time.
        limits: of one query.
        announce: called with the address once queries are answered.

    Raises:
        UsageError: the address cannot be listened on.
    """
    listener = listen(host, port, usual=USUAL_PORT)
    queries = QueryProcesses(store, workers=workers, limits=limits)
    app = create_endpoint(queries, dataset=dataset, title=title, hosts=names_of(host))
    announce(address_of(host, listener))
    try:
        run_server(app, listener)
    finally:
        queries.close()
