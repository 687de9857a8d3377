"""Commands that run one stage on a file, as Unix tools do: `extract`, `dedupe`, `verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgpipe.cli.options import (
    BaseUrlOption,
    BlocklistOption,
    ConfigOption,
    EvidenceOption,
    FusionOption,
    JsonOption,
    JudgeOption,
    ModelOption,
    ProtocolOption,
    SchemaOption,
    SearchOption,
    VerbaliseOption,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError

if TYPE_CHECKING:
    from kgpipe.settings import Settings


def extract(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "text", ...}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One triple a line.")],
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    protocol: ProtocolOption = None,
    schema: SchemaOption = None,
    config: ConfigOption = None,
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", help="Keeps replies for a rerun.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Extract triples from passages; offsets index each text as given."""
    from kgpipe.cli.console import Bars
    from kgpipe.standalone import extract_file
    from kgpipe.workspace import Workspace

    _refuse_overwriting(source, target)
    settings = read_settings(
        config, model=model, base_url=base_url, protocol=protocol, schema=schema
    )
    if workspace is None and not settings.extract.model.startswith("embedded"):
        # Paid work is kept, if need be beside its output.
        workspace = target.with_name(f"{target.name}.workspace")
    bars = Bars()
    replies = Workspace(workspace, progress=bars)
    work = Workspace(None, progress=bars)
    _print_summary(extract_file(source, target, settings, work, replies=replies), as_json)


def dedupe(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="JSONL of names, or JSONL/CSV of triples.")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One name a line.")],
    config: ConfigOption = None,
    workspace: Annotated[
        Path | None,
        typer.Option("-w", "--workspace", help="Keeps the replies of dedupe.judge for a rerun."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find which names are the same entity."""
    from kgpipe.cli.console import Bars
    from kgpipe.standalone import dedupe_file
    from kgpipe.workspace import Workspace

    _refuse_overwriting(source, target)
    settings = read_settings(config)
    if workspace is None and settings.dedupe.judge:
        # Paid work is kept, if need be beside its output.
        workspace = target.with_name(f"{target.name}.workspace")
    bars = Bars()
    replies = Workspace(workspace, progress=bars)
    work = Workspace(None, progress=bars)
    _print_summary(dedupe_file(source, target, settings, work, replies=replies), as_json)


def verify(
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS", help="JSONL or CSV of claims.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One verdict a line.")],
    evidence: EvidenceOption = None,
    search: SearchOption = None,
    judge: JudgeOption = None,
    fusion: FusionOption = None,
    verbalise: VerbaliseOption = None,
    base_url: BaseUrlOption = None,
    blocklist: BlocklistOption = None,
    config: ConfigOption = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "-w",
            "--workspace",
            help="Keeps searches, replies and evidence for a rerun or a replay.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check claims against evidence, step by step, and show the steps."""
    from kgpipe.standalone import verify_file

    _refuse_overwriting(claims, target)
    settings = read_settings(
        config,
        evidence=evidence,
        search=search and search.value,
        judges=judge,
        blocklist=blocklist,
        judge_url=base_url,
        fusion=fusion,
        verbalise=verbalise,
    )
    chosen = settings.verify
    if chosen.search == "local" and not chosen.evidence:
        raise UsageError("Give at least one --evidence folder or file to check the claims against.")
    if chosen.search == "replay" and workspace is None:
        raise UsageError("A replay needs the workspace that was searched with: name it with -w.")
    if workspace is None and (chosen.search == "duckduckgo" or _asks_models(settings)):
        # What was searched or paid for is kept, if need be beside the output.
        workspace = target.with_name(f"{target.name}.workspace")
    work = open_workspace(workspace, create=chosen.search != "replay", bars=True)
    _print_summary(verify_file(claims, target, settings, work), as_json)


def fit(
    model: Annotated[Path, typer.Argument(metavar="MODEL.json", help="The fitted model to write.")],
    claims: Annotated[
        Path | None, typer.Option("--claims", exists=True, help="JSONL or CSV of claims.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", exists=True, help="CSV: id,label of the claims.")
    ] = None,
    evidence: EvidenceOption = None,
    search: SearchOption = None,
    judge: JudgeOption = None,
    verbalise: VerbaliseOption = None,
    base_url: BaseUrlOption = None,
    config: ConfigOption = None,
    workspace: Annotated[
        Path | None,
        typer.Option("-w", "--workspace", help="Fit on the reviewed facts of this workspace."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit verdicts to experts' labels, for --fusion MODEL.json; tells how held-out claims went."""
    from kgpipe.fitting import fit_file, fit_workspace

    settings = read_settings(
        config,
        evidence=evidence,
        search=search and search.value,
        judges=judge,
        judge_url=base_url,
        verbalise=verbalise,
    )
    if claims is None and labels is None and workspace is not None:
        opened = open_workspace(workspace)
        _print_summary(fit_workspace(opened, model, settings), as_json)
        return
    chosen = settings.verify
    if claims is None or labels is None or (chosen.search == "local" and not chosen.evidence):
        raise UsageError(
            "Name --claims, --labels and --evidence (or --search duckduckgo), or a reviewed "
            "workspace alone with -w."
        )
    if chosen.search == "replay" and workspace is None:
        raise UsageError("A replay needs the workspace that was searched with: name it with -w.")
    if workspace is None and (chosen.search == "duckduckgo" or _asks_models(settings)):
        workspace = model.with_name(f"{model.name}.workspace")
    work = open_workspace(workspace, create=True, bars=True)
    _print_summary(fit_file(claims, labels, model, settings, work), as_json)


def _asks_models(settings: "Settings") -> bool:
    """Whether language models are asked to verify: that is paid for."""
    chosen = settings.verify
    return chosen.judge != ("embedded",) or chosen.verbalise != "template"


def _refuse_overwriting(source: Path, target: Path) -> None:
    if source.exists() and target.exists() and source.samefile(target):
        raise UsageError(f"{target} is the input itself. Name another file for the output.")


def _print_summary(summary: dict[str, Any], as_json: bool) -> None:
    """Print what a file command did."""
    from kgpipe.cli.console import print_json, say

    say(", ".join(f"{name}: {value}" for name, value in summary.items()))
    if as_json:
        print_json(summary)
