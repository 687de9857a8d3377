"""The settings tree, read from `kgpipe.toml`: one frozen section a stage, unknown keys refused.

A stage's section is part of its fingerprint, so changing a setting redoes exactly the stages that
read it. Every default is a working one: no file is needed.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kgpipe.errors import UsageError


def _listed(value: object) -> object:
    """One name stands for a list of one."""
    return (value,) if isinstance(value, str) else value


Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A frozen section that refuses unknown keys.

    `operational` names the settings that only say how fast or how patiently to work; changing one
    redoes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    operational: ClassVar[set[str]] = set()


class ReadSettings(Section):
    """Reading and cleaning of files."""

    # Below this many letters a page, a PDF is taken for a scan and rejected as image-only.
    min_letters_per_page: int = Field(default=20, ge=0)
    # Recognise the text of scanned pages, where the extra `ocr` is installed: seconds a page.
    ocr: bool = True
    # Lines that recur in the margins of at least this share of the pages are headers or footers.
    repeated_margin_share: Share = 0.5
    # Languages the identifier may answer; fewer means fewer mistakes on short texts.
    languages: tuple[str, ...] = ("en", "es", "pt", "fr", "de", "nl", "it", "id")


class ChunkSettings(Section):
    """Cutting documents into runs of whole sentences."""

    max_chars: int = Field(default=1500, ge=100)
    # "characters" cuts after every `max_chars`, wherever that is: only baselines want it.
    cut: Literal["sentences", "characters"] = "sentences"


# The released code of ASGM-KG (arXiv 2408.08972): pieces of 3,000 characters, no overlap.
ASGMKG_CHUNKS = ChunkSettings(max_chars=3000, cut="characters")


class ExtractSettings(Section):
    """Extraction.

    `model` is `embedded`, `embedded:surface` for its open reading, `PROVIDER:NAME` for a LangChain
    chat model, or `gguf:PATH` for a local file, to which `threads`, `slots` and `context_tokens`
    belong.

    `schema` is a file, the name of a schema that ships with kgpipe (`asgm`), or "" for none. In
    mode `closed` only its relations are extracted; in mode `open` relations and names that it
    knows are called by its words when the graph is resolved, and everything else is kept.
    """

    # What the schema says is part of the fingerprints that depend on it, where it lies is not.
    operational = {
        "concurrency", "timeout_seconds", "max_reject_rate", "threads", "slots", "schema_file",
    }  # fmt: skip
    # A field called `schema` would hide a method of pydantic's.
    schema_file: str = Field(default="asgm", alias="schema")
    mode: Literal["open", "closed"] = "open"
    model: str = "embedded"
    # "asgmkg" extracts as the paper did (arXiv 2408.08972), from pieces cut as it cut them.
    protocol: Literal["default", "asgmkg"] = "default"
    base_url: str = ""
    # What a chat model is asked about at a time, and how short its answers are; "auto" is by
    # sentence and short for a local file, by chunk and in full for all others.
    window: Literal["auto", "chunk", "sentence"] = "auto"
    reply: Literal["auto", "full", "lean"] = "auto"
    # 2 asks once more for what the first answer left out.
    passes: int = Field(default=1, ge=1, le=2)
    # JSON Lines {"text", "facts", "language"?} to show to a model that answers in short, instead of
    # those in prompts/; "none" for none. What leaks from them is rejected.
    examples: str = ""
    # Of a larger schema, the prompt lists the relations nearest to the text.
    relations_shown: int = Field(default=32, ge=1)
    # Where a model answers in short, weigh its choice of relation against the embedded extractor's.
    check_relations: bool = True
    temperature: float = 0.0
    max_tokens: int = Field(default=2048, ge=16)
    # A longer subject, predicate or object is a clause rather than a term and is rejected.
    max_field_chars: int = Field(default=300, ge=20)
    concurrency: int = Field(default=8, ge=1)
    timeout_seconds: float = Field(default=120.0, gt=0)
    max_reject_rate: Share = 1.0
    # Threads of a local model; 0 leaves one core to the rest. llama.cpp's threads wait for each
    # other by spinning, so one too many on a busy machine costs more than one too few.
    threads: int = Field(default=0, ge=0)
    # Texts that a local model works on at a time.
    slots: int = Field(default=1, ge=1)
    # Tokens that a local model's prompt and reply may have together.
    context_tokens: int = Field(default=8192, ge=512)


class CallSettings(Section):
    """Calls of hosted models: what the account allows, and what it pays.

    None of it changes an answer, so none is part of a fingerprint.
    """

    # In any 60 seconds, over all threads; 0 for no limit but the server's own.
    requests_per_minute: int = Field(default=0, ge=0)
    tokens_per_minute: int = Field(default=0, ge=0)
    # A price list of your own, whose rows come before those of data/prices.csv.
    prices: str = ""


class DedupeSettings(Section):
    """Entity and fact resolution.

    `embedder` is `minilm`, `st:NAME` of a sentence-transformers model, or PROVIDER:NAME; `base_url`
    that of a server with OpenAI's protocol. `clustering` says which names are compared: `pairs`
    that reach the threshold, or those of one group by `density` or `hdbscan`; vetoes hold in all.
    `judge`, PROVIDER:NAME of a chat model or `gguf:PATH`, is asked about pairs of names that are
    near and yet apart for their words alone; "" for nobody.
    """

    # What the judge answers is part of the fingerprint.
    operational = {"base_url", "judge", "judge_from", "max_questions", "concurrency"}
    embedder: str = "minilm"
    base_url: str = ""
    clustering: Literal["pairs", "density", "hdbscan"] = "pairs"
    # Cosine above which two names that no veto separates are the same entity.
    threshold: Share = 0.85
    # Cosine above which two wordings that no veto separates are the same relation; 1 for never.
    relation_threshold: Share = 0.9
    aliases: str = ""
    # Whether the tables that travel with kgpipe (countries, terms of the domain) are used.
    built_in_aliases: bool = True
    judge: str = ""
    # Cosine from which on the judge is asked, and about how many pairs at most, the nearest first.
    judge_from: Share = 0.8
    max_questions: int = Field(default=500, ge=0)
    # Pairs that the judge is asked about at a time.
    concurrency: int = Field(default=4, ge=1)


class VerifySettings(Section):
    """Verification: `evidence` lists files or folders to search beside the corpus itself.

    `search` is `local` for that evidence alone, `duckduckgo` for the web as well, or `replay` for
    what the workspace has stored. `judge` names one or several: `embedded`, PROVIDER:NAME of a chat
    model, `gguf:PATH`; or one `das:PROVIDER:NAME`, the framework of arXiv 2408.08972. `fusion` is
    how votes become a verdict: `votes` adds them up, `factbench` is the fitted model that ships,
    and anything else a file that `kgpipe fit` wrote. `graph` are CSVs of trusted triples, for the
    graph scores that such a model may weigh. `verbalise` is `template`, or a chat model that puts
    claims into words where there is no template.
    """

    # What the evidence says is part of the search index's name, where it lies is not.
    operational = {
        "evidence", "search", "blocklist", "judge", "fusion", "graph", "verbalise",
        "base_url",
        "concurrency",
    }  # fmt: skip
    evidence: tuple[str, ...] = ()
    search: Literal["local", "duckduckgo", "replay"] = "local"
    # A file of domains that are no witnesses, one a line, beside data/verify/mirrors.txt.
    blocklist: str = ""
    judge: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)] = ("embedded",)
    fusion: str = "votes"
    graph: tuple[str, ...] = ()
    verbalise: str = "template"
    base_url: str = ""
    # Claims that are searched for or judged at a time where a network is waited for.
    concurrency: int = Field(default=4, ge=1)
    # Languages beside English in which evidence is looked for.
    languages: tuple[Literal["es", "pt"], ...] = ("es", "pt")
    # An embedding model that ranks the evidence as well, PROVIDER:NAME; "" for words alone.
    embedder: str = ""
    passages: int = Field(default=10, ge=1)
    # A claim is supported above, refuted below 1 minus, this probability.
    decide_at: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.8
    # Where evidence costs money or time, it is gathered source by source until the claim is as sure
    # as this, or one of the budgets is spent: web searches, independent sources judged, searches in
    # a row that bring no new source.
    sure_at: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.95
    searches: int = Field(default=4, ge=0)
    results: int = Field(default=10, ge=1)
    sources: int = Field(default=12, ge=1)
    patience: int = Field(default=2, ge=1)
    # Ask each language model what it believes without evidence: kept apart from the verdict.
    prior: bool = True


class ReviewSettings(Section):
    """The review queue.

    `reviewers` are the names of those among whom it is shared, each with a file of `batch` facts.
    `gold` are annotators whose labels are known to be right, as an adjudicator's are.
    """

    batch: int = Field(default=100, ge=1)
    reviewers: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    # The share of the facts that two reviewers get, so that their agreement can be told.
    overlap: Share = 0.1
    # The share of each reviewer's file that is known already, by which a reviewer's drift shows.
    seeded: Share = 0.05
    # The share of a batch without a sound verdict, for as long as there are other facts.
    unchecked: Share = 0.2
    gold: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ("gold",)


Syntax = Literal["turtle", "trig", "nquads", "jsonld"]


class PublishSettings(Section):
    """Publishing. `licence` is an IRI such as https://creativecommons.org/licenses/by/4.0/."""

    base_iri: str = "https://example.org/kg/"
    title: str = "Knowledge graph"
    licence: str = ""
    # What the machine alone may approve: what a verdict supports with at least this probability, or
    # (`expert`) nothing. An expert's label decides in either case.
    gate: Literal["verdict", "expert"] = "verdict"
    approve_at: Share = 0.0
    # The files that `publish rdf` writes.
    syntaxes: Annotated[tuple[Syntax, ...], BeforeValidator(_listed), Field(min_length=1)] = (
        "turtle", "trig", "nquads", "jsonld",
    )  # fmt: skip
    # Claims by RDF 1.2's rdf:reifies in the place of rdf:subject, rdf:predicate and rdf:object.
    rdf12: bool = False
    # Files of SHACL shapes (Turtle) of your own that RDF must hold beside data/shapes/kgpipe.ttl.
    shapes: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    # Marks all nodes in a property graph, so that several graphs share a database; "" is a name
    # that belongs to the workspace.
    dataset: str = Field(default="", pattern="^[^/]*$")


class Settings(Section):
    """The whole tree."""

    read: ReadSettings = ReadSettings()
    chunk: ChunkSettings = ChunkSettings()
    extract: ExtractSettings = ExtractSettings()
    calls: CallSettings = CallSettings()
    dedupe: DedupeSettings = DedupeSettings()
    verify: VerifySettings = VerifySettings()
    review: ReviewSettings = ReviewSettings()
    publish: PublishSettings = PublishSettings()

    @property
    def chunking(self) -> ChunkSettings:
        """How documents are cut: as `chunk` says, or as the extraction protocol demands."""
        return ASGMKG_CHUNKS if self.extract.protocol == "asgmkg" else self.chunk


def load_settings(path: Path | None) -> Settings:
    """Read `path` (TOML), or return the defaults for None.

    Raises:
        UsageError: unreadable file, broken TOML, an unknown key (with the nearest right one), or a
            value out of range.
    """
    if path is None:
        return Settings()
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read settings file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error
    # Belongs to `kgpipe geo`, which reads it itself.
    tree.pop("geo", None)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise UsageError(_explain(error, path)) from error


def _explain(error: ValidationError, path: Path) -> str:
    """One line a fault: the key, what is wrong, and for unknown keys the nearest right one."""
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"unknown key `{key}`{_nearest(fault['loc'])}")
        else:
            lines.append(f"`{key}`: {fault['msg']} (got {fault['input']!r})")
    return f"{path}: " + "; ".join(lines)


def _nearest(location: tuple[int | str, ...]) -> str:
    known = known_keys()
    wrong = ".".join(str(part) for part in location)
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if not close:
        # The right key may stand in another section.
        tails = {key.rsplit(".", 1)[-1]: key for key in known}
        close = [tails[t] for t in difflib.get_close_matches(wrong.rsplit(".", 1)[-1], tails, n=1)]
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return hint or f"; known sections: {', '.join(Settings.model_fields)}"


def known_keys() -> list[str]:
    """All keys of the tree as dotted names, sections included."""
    keys: list[str] = []
    for section, field in Settings.model_fields.items():
        keys.append(section)
        annotation: Any = field.annotation
        keys.extend(f"{section}.{f.alias or name}" for name, f in annotation.model_fields.items())
    return keys
