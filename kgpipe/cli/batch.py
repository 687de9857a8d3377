"""`kgpipe batch`: model calls at half the price, answered within a day."""

from dataclasses import asdict

import typer

from kgpipe.cli.options import (
    BaseUrlOption,
    ConfigOption,
    InputsArgument,
    JsonOption,
    LimitOption,
    ModelOption,
    WorkspaceOption,
)
from kgpipe.cli.session import choose_inputs, open_workspace, read_settings

app = typer.Typer(
    help="Ask OpenAI's models in batches: half the price, answers within a day.",
    no_args_is_help=True,
)


@app.command()
def submit(
    workspace: WorkspaceOption,
    inputs: InputsArgument = None,
    config: ConfigOption = None,
    limit: LimitOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the requests that a run would make.

    Those that came back without a reply are sent again.
    """
    from kgpipe.batch import submit_batches
    from kgpipe.cli.console import print_json, say

    settings = read_settings(config, model=model, base_url=base_url)
    opened = open_workspace(workspace, create=True, bars=True)
    with opened.exclusive():
        paths = choose_inputs(inputs, opened)
        opened.write_note("inputs", [str(path.absolute()) for path in paths])
        sent = submit_batches(paths, opened, settings, limit=limit)
    for name, count in sent.requests.items():
        say(f"{name}: {count} requests sent.")
    if not sent.requests:
        say("No request is missing: nothing was sent.")
    if sent.refused:
        say(f"{sent.refused} requests were refused before and not sent; kgpipe run tries them.")
    if as_json:
        print_json(asdict(sent))


@app.command()
def status(workspace: WorkspaceOption, as_json: JsonOption = False) -> None:
    """Ask how far the batches under way are."""
    from kgpipe.batch import check_batches
    from kgpipe.cli.console import print_json, say

    opened = open_workspace(workspace)
    with opened.exclusive():
        states = check_batches(opened)
    for name, state in states.items():
        counts = f"{state.completed} of {state.total} answered, {state.failed} failed"
        say(f"{name}: {state.status}, {counts}. {state.message}".rstrip())
    if not states:
        say("No batch is under way.")
    if as_json:
        print_json({"batches": {name: asdict(state) for name, state in states.items()}})


@app.command()
def collect(
    workspace: WorkspaceOption, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Store the replies that came back; a run uses them."""
    from kgpipe.batch import collect_batches
    from kgpipe.cli.console import print_json, say

    opened = open_workspace(workspace)
    with opened.exclusive():
        found = collect_batches(opened, read_settings(config))
    say(f"{found.stored} replies stored, {found.usd:.4f} USD; {found.open} batches under way.")
    for detail, count in found.details.items():
        say(f"{count} x {detail}")
    if found.failed:
        say(f"{found.failed} requests have no reply: kgpipe batch submit sends them again.")
    if found.stored:
        say(f"Go on with: kgpipe run -w {workspace}")
    if as_json:
        print_json(asdict(found))
