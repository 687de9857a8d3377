"""The command line: parses, wires, calls, prints. A contract: other people's scripts call it.

Results go to the named file, progress and messages to stderr, `--json` prints one JSON object on
stdout. Exit codes: 0 good, 1 the run failed, 2 wrong usage, 3 stopped by the budget.

Everything beside typer is imported inside the commands, so that `kgpipe --help` answers at once.
"""

import gc
import io
import sys
from typing import Annotated

import typer

from kgpipe import __version__
from kgpipe.cli import (
    alone,
    ask,
    batch,
    build,
    cypher,
    endpoint,
    geo,
    geo_concepts,  # noqa: F401 - adds its command to that of geo
    geo_embed,  # noqa: F401 - adds its command to that of geo
    geo_evaluate,  # noqa: F401 - adds its command to that of geo
    geo_link,  # noqa: F401 - adds its command to that of geo
    geo_search,  # noqa: F401 - adds its command to that of geo
    geo_synthesise,  # noqa: F401 - adds its command to that of geo
    geo_train,  # noqa: F401 - adds its command to that of geo
    publish,
    results,
    review,
    serve,
)
from kgpipe.errors import BudgetReachedError, KgpipeError, UsageError

EXIT_FAILED, EXIT_USAGE, EXIT_BUDGET = 1, 2, 3
# Records hold no cycles: looking for some among hundreds of thousands of them took 2 of the 5 s of
# a run that had nothing left to do. Python's default is 700 new objects.
_GARBAGE_THRESHOLD = 1_000_000

app = typer.Typer(
    help="From a folder of PDFs to a verified, reviewable, queryable knowledge graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    *(build.run, build.status, build.fetch),
    *(alone.extract, alone.dedupe, alone.verify, alone.fit),
    *(publish.publish, results.evaluate, results.sparql, cypher.cypher),
    *(ask.ask, ask.summarise, results.bench),
):
    app.command()(command)
app.command("serve")(endpoint.endpoint)
app.add_typer(batch.app, name="batch")
review.app.command()(serve.serve)
app.add_typer(review.app, name="review")
app.add_typer(geo.app, name="geo")


def main() -> None:
    """Entry point: maps errors to messages and exit codes."""
    gc.set_threshold(_GARBAGE_THRESHOLD)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a script reads is UTF-8, whatever the terminal's locale.
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        app()
    except BudgetReachedError as error:
        _fail(error, EXIT_BUDGET)
    except UsageError as error:
        _fail(error, EXIT_USAGE)
    except KgpipeError as error:
        _fail(error, EXIT_FAILED)
    except OSError as error:
        # A folder that is a file, or a full disk, which comes without a file's name.
        place = f"{error.filename}: " if error.filename else ""
        _fail(KgpipeError(f"{place}{error.strerror or error}."), EXIT_FAILED)


def _fail(error: KgpipeError, code: int) -> None:
    sys.stderr.write(f"kgpipe: {error}\n")
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"kgpipe {__version__}")
        raise typer.Exit
