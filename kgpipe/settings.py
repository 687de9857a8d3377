"""The settings tree, read from `kgpipe.toml`: one frozen section a stage, unknown keys refused.

A stage's section is part of its fingerprint, so changing a setting redoes exactly the stages that
read it. Every default is a working one: no file is needed.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgpipe.errors import UsageError

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


class ExtractSettings(Section):
    """Triple extraction. `model` is `embedded` or `PROVIDER:NAME` for a LangChain chat model."""

    operational = {"concurrency", "timeout_seconds", "max_reject_rate"}
    model: str = "embedded"
    base_url: str = ""
    temperature: float = 0.0
    max_tokens: int = Field(default=2048, ge=16)
    # A longer subject, predicate or object is a clause rather than a term and is rejected.
    max_field_chars: int = Field(default=300, ge=20)
    concurrency: int = Field(default=8, ge=1)
    timeout_seconds: float = Field(default=120.0, gt=0)
    max_reject_rate: Share = 1.0


class DedupeSettings(Section):
    """Entity and fact resolution."""

    embedder: str = "minilm"
    # Cosine above which two names that no veto separates are the same entity.
    threshold: Share = 0.85
    aliases: str = ""


class VerifySettings(Section):
    """Verification: `evidence` lists files or folders to search beside the corpus itself."""

    # What the evidence says is part of the search index's name, where it lies is not.
    operational = {"evidence"}
    evidence: tuple[str, ...] = ()
    search: Literal["local"] = "local"
    judge: str = "embedded"
    passages: int = Field(default=10, ge=1)
    # A claim is supported above, refuted below 1 minus, this probability.
    decide_at: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.8


class ReviewSettings(Section):
    """The review queue."""

    batch: int = Field(default=100, ge=1)


class PublishSettings(Section):
    """RDF and graph output."""

    base_iri: str = "https://example.org/kg/"
    title: str = "Knowledge graph"


class Settings(Section):
    """The whole tree."""

    read: ReadSettings = ReadSettings()
    chunk: ChunkSettings = ChunkSettings()
    extract: ExtractSettings = ExtractSettings()
    dedupe: DedupeSettings = DedupeSettings()
    verify: VerifySettings = VerifySettings()
    review: ReviewSettings = ReviewSettings()
    publish: PublishSettings = PublishSettings()


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
        keys.extend(f"{section}.{name}" for name in annotation.model_fields)
    return keys
