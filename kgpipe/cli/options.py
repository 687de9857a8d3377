"""The options that several commands share, and the words that they take."""

import enum
from pathlib import Path
from typing import Annotated, Any

import typer


class Protocol(enum.StrEnum):
    """How triples are extracted."""

    default = "default"
    asgmkg = "asgmkg"


WorkspaceOption = Annotated[
    Path, typer.Option("-w", "--workspace", help="Folder that keeps results.", show_default=False)
]
ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", help="Settings file (kgpipe.toml).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a JSON summary on stdout.")]
HostOption = Annotated[
    str, typer.Option("--host", help="Address to listen on; another than this lets a network in.")
]
OpenOption = Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")]
InputsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[INPUT]...",
        help="Folders or files of .pdf, .md, .txt, or a CSV of triples. "
        "Default: those of the workspace's latest run.",
    ),
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Read at most N files.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write to.", show_default=False)]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="`embedded`, `embedded:surface` (open reading), PROVIDER:NAME of a chat model, or "
        "gguf:PATH.",
    ),
]
ProtocolOption = Annotated[
    Protocol | None,
    typer.Option("--protocol", help="asgmkg: extract as that paper did, to compare with."),
]
SchemaOption = Annotated[
    str | None,
    typer.Option(
        "--schema", help="Extract only the relations of this schema: a file, or `asgm` (closed)."
    ),
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", help="Address of an OpenAI-compatible server.")
]


class Search(enum.StrEnum):
    """Where evidence is looked for."""

    local = "local"
    duckduckgo = "duckduckgo"
    replay = "replay"


SearchOption = Annotated[
    Search | None,
    typer.Option(
        "--search",
        help="local: the evidence named. duckduckgo: the web as well. replay: what the workspace "
        "has stored, and nothing else.",
    ),
]
JudgeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--judge",
        help="`embedded`, PROVIDER:NAME of a chat model, or gguf:PATH; several are a panel. "
        "das:PROVIDER:NAME is the framework of arXiv 2408.08972.",
    ),
]
FusionOption = Annotated[
    str | None,
    typer.Option(
        "--fusion",
        help="How votes become a verdict: `votes` adds them up, `factbench` is the fitted model "
        "that ships, else a file that kgpipe fit wrote.",
    ),
]
VerbaliseOption = Annotated[
    str | None,
    typer.Option(
        "--verbalise",
        help="What puts a claim into words that has no sentence of its own: `template`, or "
        "PROVIDER:NAME of a chat model, or gguf:PATH.",
    ),
]
BlocklistOption = Annotated[
    Path | None,
    typer.Option("--blocklist", exists=True, help="Domains that are no witnesses, one a line."),
]
EvidenceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence", exists=True, help="Folder or file to check facts against (repeatable)."
    ),
]


def port_option(usual: int) -> Any:
    """The option --port of a server that is looked for on the port `usual` first."""
    help_text = f"Default: {usual}, or one that is free."
    return typer.Option("--port", min=0, max=65535, help=help_text)


class Until(enum.StrEnum):
    """The last stage of a run."""

    corpus = "corpus"
    extract = "extract"
    dedupe = "dedupe"
    verify = "verify"
    review = "review"


class Items(enum.StrEnum):
    """What is reviewed."""

    facts = "facts"
    merges = "merges"


class Handed(enum.StrEnum):
    """What is handed out for review; the labels of disputes settle them."""

    facts = "facts"
    merges = "merges"
    disputes = "disputes"


class Form(enum.StrEnum):
    """What the graph is published as."""

    rdf = "rdf"
    csv = "csv"
    parquet = "parquet"
    cypher = "cypher"
    graphml = "graphml"
    nanopub = "nanopub"
    html = "html"
    card = "card"
    neo4j = "neo4j"
    all = "all"


class Syntax(enum.StrEnum):
    """How RDF is written."""

    turtle = "turtle"
    trig = "trig"
    nquads = "nquads"
    jsonld = "jsonld"


SyntaxOption = Annotated[
    list[Syntax] | None,
    typer.Option(
        "--syntax",
        help="rdf: write this syntax (repeatable). Turtle holds approved facts only. Default: all.",
    ),
]
Rdf12Option = Annotated[
    bool,
    typer.Option(
        "--rdf12", help="rdf: claims reify their triples as RDF 1.2 does, which few tools read yet."
    ),
]


class TableFormat(enum.StrEnum):
    """How query results are printed."""

    table = "table"
    csv = "csv"
    jsonl = "jsonl"


class Benchmark(enum.StrEnum):
    """What is measured: on public data, or (overhead, review_page, review, quads) on none."""

    overhead = "overhead"
    pdftext = "pdftext"
    benchie = "benchie"
    webnlg = "webnlg"
    crosslingual = "crosslingual"
    factbench = "factbench"
    codex = "codex"
    healthver = "healthver"
    names = "names"
    cesi = "cesi"
    er = "er"
    asgmkg = "asgmkg"
    peers = "peers"
    labels = "labels"
    review_page = "review_page"
    review = "review"
    quads = "quads"
    ask = "ask"
    shacl = "shacl"
    bolt = "bolt"
    geo_links = "geo_links"
    geo = "geo"
