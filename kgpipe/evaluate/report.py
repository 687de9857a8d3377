"""The accuracy report: what a run holds, and how right it is where people have looked."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kgpipe import __version__
from kgpipe.errors import KgpipeError
from kgpipe.evaluate.extraction import ExtractionScores, score_extraction
from kgpipe.evaluate.gold import (
    LABELS,
    Gold,
    GoldLabel,
    VerdictRow,
    read_gold,
    read_gold_labels,
    read_verdicts,
)
from kgpipe.evaluate.match import match_claims
from kgpipe.evaluate.notes import write_notes
from kgpipe.evaluate.render import render_html, render_markdown, write_files
from kgpipe.evaluate.resolution import ResolutionScores, score_resolution
from kgpipe.evaluate.reviewed import (
    REVIEWED,
    as_row,
    collect_labels,
    find_origins,
    list_facts,
    verdicts_by_claim,
)
from kgpipe.evaluate.sample import Fact, Plan, WholeGraph, estimate_whole, plan_sample
from kgpipe.evaluate.verification import (
    VerificationScores,
    list_abstentions,
    list_errors,
    score_verification,
)
from kgpipe.types import Graph, Record, Rejection


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
    whole: WholeGraph | None = None
    gold_rejections: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()


def evaluate_verdicts(verdicts: Path, labels: Path) -> Report:
    """Score a verdict file (JSON Lines) against a label file (CSV).

    Raises:
        KgpipeError: a file cannot be read, or the two share no id.
    """
    rejections: list[Rejection] = []
    gold = read_gold_labels(labels, rejections)
    rows = read_verdicts(verdicts, rejections)
    name = f"Verdicts of {verdicts.name}"
    scores = _score_rows(rows, gold, rejections, name=name, paths=(verdicts, labels))
    whole = estimate_whole(facts_of_rows(rows, gold))
    return Report(
        subject=f"{verdicts.name} against {labels.name}",
        verification=(scores,),
        whole=whole,
        gold_rejections=tuple(rejections),
        notes=write_notes(documents=None, verification=(scores,), whole=whole),
    )


def facts_of_rows(rows: Sequence[VerdictRow], labels: Sequence[GoldLabel] = ()) -> list[Fact]:
    """The claims of a verdict file as sampling sees them."""
    known = {label.id: label.label for label in labels}
    return [
        Fact(
            id=row.id,
            key=row.id,
            verdict=row.label if row.status == "ok" else None,
            probability=row.probability if row.status == "ok" else None,
            label=known.get(row.id),
            fitted=row.calibrated,
        )
        for row in rows
    ]


def plan_verdicts(verdicts: Path, labels: Path | None, *, margin: float) -> Plan:
    """Plan a sample of a verdict file's claims; `labels` are those that are there already.

    Raises:
        UsageError: the margin is no share.
        KgpipeError: a file cannot be read.
    """
    rejections: list[Rejection] = []
    rows = read_verdicts(verdicts, rejections)
    known = [] if labels is None else read_gold_labels(labels, rejections)
    return plan_sample(facts_of_rows(rows, known), margin=margin)


def evaluate_graph(graph: Graph, gold: Path | None, *, verdicts: Path | None = None) -> Report:
    """Report on a graph: counts, its reviewers' labels, and each part that the gold folder holds.

    Args:
        graph: the run's result.
        gold: folder of triples.jsonl, labels.csv, entities.csv; None for reviewers' labels alone.
        verdicts: verdict file over the gold claims, reported beside the graph's own claims.

    Raises:
        KgpipeError: the folder holds no gold, or a file cannot be read.
    """
    parts = Gold() if gold is None else read_gold(gold)
    rejections = list(parts.rejections)
    verification = [_score_review(graph)] if graph.labels else []
    if gold is not None and parts.labels is not None:
        verification.append(_score_claims(graph, parts.labels))
        if verdicts is not None:
            rows, paths = read_verdicts(verdicts, rejections), (verdicts, gold / LABELS)
            name = "All gold claims"
            verification.append(_score_rows(rows, parts.labels, rejections, name=name, paths=paths))
    extraction = parts.triples and score_extraction(
        graph.triples, documents=graph.documents, gold=parts.triples
    )
    whole = estimate_whole(list_facts(graph))
    return Report(
        subject=_name_subject(gold, graph),
        counts=count_graph(graph),
        extraction=extraction or None,
        resolution=score_resolution(graph.entities, gold=parts.names) if parts.names else None,
        verification=tuple(verification),
        whole=whole,
        gold_rejections=tuple(rejections),
        notes=write_notes(
            documents=len(extraction.documents) if extraction else None,
            verification=verification,
            whole=whole,
        ),
    )


def _name_subject(gold: Path | None, graph: Graph) -> str:
    if gold is not None:
        return "The graph compared with gold"
    return "The graph as reviewers see it" if graph.labels else "What the run found"


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write report.json, report.md and report.html (self-contained) and return their paths."""
    shown = [
        (scores, list_errors(scores), list_abstentions(scores)) for scores in report.verification
    ]
    contents = {
        "report.json": report.model_dump_json(indent=1) + "\n",
        "report.md": render_markdown(report, verification=shown),
        "report.html": render_html(report, verification=shown),
    }
    return write_files(folder, contents)


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


def _score_rows(
    rows: Sequence[VerdictRow],
    labels: Sequence[GoldLabel],
    rejections: list[Rejection],
    *,
    name: str,
    paths: tuple[Path, Path],
) -> VerificationScores:
    """Score the rows of a verdict file; labels that no row answers are added to `rejections`."""
    by_id = {row.id: row for row in rows}
    known = {label.id for label in labels}
    verdicts, gold = paths
    if not known & by_id.keys():
        raise KgpipeError(
            f"No verdict in {verdicts} has the id of a label in {gold}: the first ids are "
            f"{next(iter(by_id))!r} and {labels[0].id!r}."
        )
    rejections += [
        Rejection(
            stage="gold",
            item=f"{gold.name}:{label.line}",
            reason="unknown_id",
            detail=f"no verdict in {verdicts.name} has the id {label.id!r}",
        )
        for label in labels
        if label.id not in by_id
    ]
    return score_verification(by_id, labels=labels, name=name, unlabelled=len(by_id.keys() - known))


def _score_claims(graph: Graph, labels: Sequence[GoldLabel]) -> VerificationScores:
    """Score the graph's own claims where their wording matches a labelled one."""
    pairs = match_claims(graph.claims, graph.triples, labels)
    verdicts, origins = verdicts_by_claim(graph), find_origins(graph)
    matched = [(graph.claims[claim].id, labels[label].id) for claim, label in pairs]
    return score_verification(
        {label: as_row(label, verdicts[claim]) for claim, label in matched if claim in verdicts},
        labels=labels,
        name="The graph's own claims",
        unlabelled=len(graph.claims) - len(pairs),
        origins={label: origins[claim] for claim, label in matched},
    )


def _score_review(graph: Graph) -> VerificationScores:
    """Score the graph's claims against the labels that its reviewers gave."""
    labels = collect_labels(graph)
    return score_verification(
        {claim: as_row(claim, verdict) for claim, verdict in verdicts_by_claim(graph).items()},
        labels=labels,
        name=REVIEWED,
        unlabelled=len(graph.claims) - len(labels),
        origins=find_origins(graph),
    )
