"""The accuracy report: what a run holds, and how right it is where people have looked."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kgpipe import __version__
from kgpipe.errors import KgpipeError
from kgpipe.evaluate.extraction import ExtractionScores, score_extraction
from kgpipe.evaluate.gold import (
    GoldLabel,
    Quoted,
    VerdictRow,
    read_gold,
    read_gold_labels,
    read_verdicts,
)
from kgpipe.evaluate.match import match_claims
from kgpipe.evaluate.render import render_html, render_markdown
from kgpipe.evaluate.resolution import ResolutionScores, score_resolution
from kgpipe.evaluate.verification import VerificationScores, list_errors, score_verification
from kgpipe.types import Claim, Graph, Record, Rejection, Verdict

# Below this many labelled claims or documents, a report says that it is a demonstration.
SMALL_SAMPLE_CLAIMS = 400
SMALL_SAMPLE_DOCUMENTS = 30


class Reason(Record):
    """How many items a stage turned away for one reason."""

    stage: str
    reason: str
    state: str
    count: int


class Counts(Record):
    """What a graph holds."""

    documents: int
    pages: int
    triples: int
    imported: int
    entities: int
    names: int
    merges: int
    claims: int
    claims_of_several_documents: int
    verdicts: dict[str, int]
    labels: int
    rejections: tuple[Reason, ...]


class Report(Record):
    """Everything that report.json holds; parts without gold are None or empty."""

    kgpipe: str = __version__
    subject: str
    counts: Counts | None = None
    extraction: ExtractionScores | None = None
    resolution: ResolutionScores | None = None
    verification: tuple[VerificationScores, ...] = ()
    gold_rejections: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()


def evaluate_verdicts(verdicts: Path, labels: Path) -> Report:
    """Score a verdict file (JSON Lines) against a label file (CSV).

    Raises:
        KgpipeError: a file cannot be read, or the two share no id.
    """
    rejections: list[Rejection] = []
    gold = read_gold_labels(labels, rejections)
    scores = _score_file(verdicts, gold, rejections, name=f"Verdicts of {verdicts.name}")
    return Report(
        subject=f"{verdicts.name} against {labels.name}",
        verification=(scores,),
        gold_rejections=tuple(rejections),
        notes=_notes(documents=None, verification=(scores,)),
    )


def evaluate_graph(graph: Graph, gold: Path | None, *, verdicts: Path | None = None) -> Report:
    """Report on a graph: counts, and scores for each part that the gold folder holds.

    Args:
        graph: the run's result.
        gold: folder of triples.jsonl, labels.csv, entities.csv; None for counts alone.
        verdicts: verdict file over the gold claims, reported beside the graph's own claims.

    Raises:
        KgpipeError: the folder holds no gold, or a file cannot be read.
    """
    counts = count_graph(graph)
    if gold is None:
        return Report(subject="What the run found", counts=counts, notes=_notes(None, ()))
    parts = read_gold(gold)
    rejections = list(parts.rejections)
    verification = []
    if parts.labels is not None:
        verification.append(_score_claims(graph, parts.labels))
        if verdicts is not None:
            name = "All gold claims"
            verification.append(_score_file(verdicts, parts.labels, rejections, name=name))
    extraction = parts.triples and score_extraction(
        graph.triples, documents=graph.documents, gold=parts.triples
    )
    return Report(
        subject="The graph compared with gold",
        counts=counts,
        extraction=extraction or None,
        resolution=score_resolution(graph.entities, gold=parts.names) if parts.names else None,
        verification=tuple(verification),
        gold_rejections=tuple(rejections),
        notes=_notes(
            documents=len(extraction.documents) if extraction else None, verification=verification
        ),
    )


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write report.json, report.md and report.html (self-contained) and return their paths."""
    shown = [(scores, list_errors(scores)) for scores in report.verification]
    contents = {
        "report.json": report.model_dump_json(indent=1) + "\n",
        "report.md": render_markdown(report, verification=shown),
        "report.html": render_html(report, verification=shown),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise KgpipeError(f"Cannot write the report to {folder}: {error.strerror}.") from error
    return [folder / name for name in contents]


def count_graph(graph: Graph) -> Counts:
    """Count what a graph holds."""
    verdicts = Counter(
        "error" if verdict.status == "error" else verdict.label for verdict in graph.verdicts
    )
    reasons = Counter((one.stage, one.reason, one.state) for one in graph.rejections)
    return Counts(
        documents=len(graph.documents),
        pages=sum(len(document.pages) for document in graph.documents),
        triples=len(graph.triples),
        imported=sum(triple.imported for triple in graph.triples),
        entities=len(graph.entities),
        names=sum(len(entity.names) for entity in graph.entities),
        merges=len(graph.merges),
        claims=len(graph.claims),
        claims_of_several_documents=sum(len(claim.documents) > 1 for claim in graph.claims),
        verdicts={key: verdicts[key] for key in ("supported", "refuted", "unclear", "error")},
        labels=len(graph.labels),
        rejections=tuple(
            Reason(stage=stage, reason=reason, state=state, count=count)
            for (stage, reason, state), count in sorted(reasons.items())
        ),
    )


# ---------------------------------------------------------------- verification


def _score_file(
    path: Path, labels: Sequence[GoldLabel], rejections: list[Rejection], *, name: str
) -> VerificationScores:
    rows = {row.id: row for row in read_verdicts(path, rejections)}
    known = {label.id for label in labels}
    if not known & rows.keys():
        raise KgpipeError(
            f"No verdict in {path} has the id of a label: the first ids are "
            f"{next(iter(rows))!r} and {labels[0].id!r}."
        )
    return score_verification(rows, labels=labels, name=name, unlabelled=len(rows.keys() - known))


def _score_claims(graph: Graph, labels: Sequence[GoldLabel]) -> VerificationScores:
    """Score the graph's own claims where their wording matches a labelled one."""
    pairs = match_claims(graph.claims, graph.triples, labels)
    verdicts = {verdict.claim_id: verdict for verdict in graph.verdicts}
    matched = [(graph.claims[claim], labels[label].id) for claim, label in pairs]
    return score_verification(
        {
            label: _as_row(label, verdicts[claim.id])
            for claim, label in matched
            if claim.id in verdicts
        },
        labels=labels,
        name="The graph's own claims",
        unlabelled=len(graph.claims) - len(pairs),
        wordings={label: _wording(claim) for claim, label in matched},
    )


def _as_row(label_id: str, verdict: Verdict) -> VerdictRow:
    return VerdictRow(
        id=label_id,
        label=verdict.label,
        status=verdict.status,
        reason=verdict.reason,
        probability=verdict.probability,
        evidence=tuple(Quoted(source=one.source, quote=one.quote) for one in verdict.evidence),
    )


def _wording(claim: Claim) -> str:
    words = " · ".join((claim.subject, claim.predicate, claim.object))
    return f"not: {words}" if claim.negated else words


# ---------------------------------------------------------------- notes


def _notes(documents: int | None, verification: Sequence[VerificationScores]) -> tuple[str, ...]:
    """What a reader must know before quoting a figure."""
    notes = []
    judged = max((scores.judged for scores in verification), default=0)
    few_documents = documents is not None and documents < SMALL_SAMPLE_DOCUMENTS
    if few_documents or 0 < judged < SMALL_SAMPLE_CLAIMS:
        sizes = [f"{documents} documents"] if documents is not None else []
        sizes += [f"{judged} judged claims"] if judged else []
        notes.append(
            f"Small sample ({', '.join(sizes)}): these figures show that the pipeline works and "
            "where it fails. They are a demonstration, not a claim of accuracy on other documents."
        )
    if documents is not None:
        notes.append(
            "Extraction: strict means equal subject, predicate, object and negation after "
            "normalisation; partial means that at least half of the words of each part are shared, "
            "with the same negation and no contradicting number. Each fact is matched at most once."
        )
    if verification:
        notes.append(
            "Verification: a claim is decided where machine and people both call it supported or "
            "refuted. Failed searches and model calls are no verdicts; they are counted apart."
        )
    if documents is not None or verification:
        notes.append(
            "Intervals are 95 %: Wilson for single shares, else a bootstrap of 1,000 resamples "
            "that draws whole groups (documents, or the group column of the labels). With fewer "
            "than about ten groups, or at a perfect score, they are too narrow: there read "
            "Wilson's."
        )
    else:
        notes.append(
            "No gold was given: this counts what was found; how much of it is right, it cannot say."
        )
    return tuple(notes)
