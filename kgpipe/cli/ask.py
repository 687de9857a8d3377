"""Commands that answer in plain words: `ask`, `summarise`."""

import enum
from typing import Annotated

import typer

from kgpipe.cli.options import (
    BaseUrlOption,
    ConfigOption,
    JsonOption,
    TableFormat,
    WorkspaceOption,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError

ApprovedOption = Annotated[
    bool, typer.Option("--approved", help="Only facts that were verified or labelled as true.")
]


class Language(enum.StrEnum):
    """What a question is put into."""

    sparql = "sparql"
    cypher = "cypher"


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In plain words.")],
    workspace: WorkspaceOption,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Write prose about the facts: PROVIDER:NAME of a chat model, or gguf:PATH.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Facts at most.")] = 5,
    approved: ApprovedOption = False,
    language: Annotated[
        Language | None,
        typer.Option("--as", help="Have --model put the question into a query, and run that."),
    ] = None,
    form: Annotated[
        TableFormat, typer.Option("--format", help="How the rows of --as are printed.")
    ] = TableFormat.table,
    base_url: BaseUrlOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the graph: facts with their quotes, or that they are not there."""
    from kgpipe.asking import ask_workspace, describe_asked, describe_dropped, show_asked
    from kgpipe.cli.console import print_json, say, write_result

    opened, settings = open_workspace(workspace), read_settings(config)
    if language is not None:
        from kgpipe.translating import ask_as_query

        if model is None:
            raise UsageError(f"--as {language} needs a language model: name one with --model.")
        found = ask_as_query(
            question, opened, settings, language=language.value, model=model,
            base_url=base_url or "", form="jsonl" if as_json else form.value, tell=say,
        )  # fmt: skip
        say(found.query)
        write_result(found.answer)
        return
    asked = ask_workspace(
        question, opened, settings, model=model, base_url=base_url or "", limit=limit,
        approved_only=approved,
    )  # fmt: skip
    if as_json:
        print_json(show_asked(asked))
    else:
        write_result(describe_asked(asked))
    for line in describe_dropped(asked):
        say(line)


def summarise(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="A name, or an entity's id.")],
    workspace: WorkspaceOption,
    hops: Annotated[int, typer.Option(min=1, max=5, help="How many steps from it.")] = 1,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ENTITY", help="The shortest paths to another.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="Facts told at each distance; the best checked first.")
    ] = 25,
    approved: ApprovedOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what the graph states about an entity, or how two are connected, with quotes."""
    from kgpipe.asking import describe_summarised, summarise_workspace
    from kgpipe.cli.console import print_json, write_result

    found = summarise_workspace(
        entity, open_workspace(workspace), read_settings(config), to=to, hops=hops, most=limit,
        approved_only=approved,
    )  # fmt: skip
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        write_result(describe_summarised(found))
