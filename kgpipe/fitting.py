"""Fits the verifier to experts' labels: of a file of claims, or of a reviewed workspace."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.evaluate.gold import read_gold_labels
from kgpipe.labels import group_labels, settle_labels
from kgpipe.pipeline import Run, load_graph
from kgpipe.settings import Settings
from kgpipe.standalone import beside_project, prepare_questions, write_rejections
from kgpipe.types import Polarity, Retrieved, Verdict
from kgpipe.verify.claims_file import read_claims
from kgpipe.verify.loop import recall_searches
from kgpipe.verify.model_file import write_model
from kgpipe.verify.refit import refit
from kgpipe.wiring import wire, wire_embedder
from kgpipe.wiring_verify import DAS, wire_replay
from kgpipe.workspace import Workspace

# An area under the curve that labels given at random reach often enough.
_CHANCE = 0.6
_TRUTH = {"supported": True, "refuted": False}


def fit_file(
    claims_file: Path, labels_file: Path, target: Path, settings: Settings, workspace: Workspace
) -> dict[str, Any]:
    """Search and judge the claims of a file, and fit to their labels.

    Args:
        claims_file: as `kgpipe verify` reads them.
        labels_file: CSV with the columns id and label.
        target: for the model.
        settings: evidence and judges.
        workspace: keeps what was searched and paid for.

    Returns:
        Counts, and how held-out claims went.

    Raises:
        UsageError: claims or labels cannot be read.
        KgpipeError: too few labels, or no evidence is usable.
    """
    claims, rejections = read_claims(claims_file)
    gold = read_gold_labels(labels_file, rejections)
    votes_alone = settings.verify.model_copy(update={"fusion": "votes"})
    settings = settings.model_copy(update={"verify": votes_alone})
    run = Run(workspace, settings, wire(settings, workspace))
    with beside_project(workspace):
        questions, evidence = prepare_questions(run, claims)
        verdicts = run.verify(questions, evidence)
        retrieved = run.retrieve(questions, evidence)
        rejections += [r for r in workspace.rejections() if r.stage == "evidence"]
    labels = _known({label.id: label.label for label in gold})
    source = f"{labels_file.name} on {claims_file.name}"
    seen = _with_web(run, retrieved, verdicts)
    summary = _fit(seen, verdicts, labels, target, settings, source=source)
    return summary | write_rejections(target, rejections)


def fit_workspace(workspace: Workspace, target: Path, settings: Settings) -> dict[str, Any]:
    """Fit to the labels that experts gave the facts of a workspace.

    Raises:
        KgpipeError: nothing was verified yet, or there are too few labels.
    """
    graph = load_graph(workspace)
    judged = {verdict.claim_id for verdict in graph.verdicts}
    found = workspace.current("retrieve", Retrieved)
    retrieved = [one for one in found if one.claim.id in judged]
    if not retrieved:
        raise KgpipeError(f"{workspace.folder} holds no verified facts. Run `kgpipe run` first.")
    given = group_labels({claim.id: claim.keys for claim in graph.claims}, graph.labels)
    labels = _known({claim: settle_labels(found) for claim, found in given.items()})
    if not labels:
        raise KgpipeError(
            f"{workspace.folder} holds no labels of its facts: `kgpipe review import` them first."
        )
    source = f"labels of {len(labels)} reviewed facts"
    retrieved = _with_web(Run(workspace, settings, wire(settings, workspace)), retrieved,
                          graph.verdicts)  # fmt: skip
    return _fit(retrieved, graph.verdicts, labels, target, settings, source=source)


def _with_web(
    run: Run, retrieved: Sequence[Retrieved], verdicts: Iterable[Verdict]
) -> list[Retrieved]:
    """The claims with what web searches found while they were judged, from the workspace."""
    traces = {verdict.claim_id: verdict.trace for verdict in verdicts}
    archive = run.ports.archive
    if archive is None or not archive.has_replies():
        return list(retrieved)
    replay = wire_replay(archive).make()
    return [
        recall_searches(
            question, traces.get(question.claim.id, ()), settings=run.settings.verify, web=replay,
            excluded=run.ports.excluded,
        )
        for question in retrieved
    ]  # fmt: skip


def _fit(
    retrieved: Sequence[Retrieved],
    verdicts: Iterable[Verdict],
    labels: Mapping[str, bool],
    target: Path,
    settings: Settings,
    *,
    source: str,
) -> dict[str, Any]:
    if settings.verify.judge[0].startswith(DAS):
        raise UsageError("`das:` decides in its own way and gives no votes to weigh.")
    verdicts = list(verdicts)
    _check_judges(verdicts, settings.verify.judge)
    embedder = wire_embedder("minilm")
    model = refit(
        retrieved,
        labels,
        embedder=embedder.make(),
        embedder_name=embedder.name,
        source=source,
        judges=settings.verify.judge,
        verdicts={verdict.claim_id: verdict for verdict in verdicts},
        trusted=[Path(path) for path in settings.verify.graph],
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_model(model, target)
    summary: dict[str, Any] = {"model": str(target), **model.record}
    if model.record["held_out_by_subject"]["auc"] < _CHANCE:
        summary["warning"] = (
            "held-out claims are told apart no better than by chance: do not use this model"
        )
    return summary


def _check_judges(verdicts: Sequence[Verdict], judges: Sequence[str]) -> None:
    """A model is bound to the judges whose votes it weighs: they must be those that voted."""
    votes = (vote for verdict in verdicts for vote in verdict.votes)
    # A panel's joint vote names all that were heard.
    voted = {name for vote in votes for name in vote.judge.split("+")}
    others = voted - {"embedded"}
    if ("embedded" in voted - set(judges)) or (others and set(judges) == {"embedded"}):
        raise UsageError(
            f"These facts were judged by {', '.join(sorted(voted))}, not by {', '.join(judges)}: "
            "name their judges with --judge, or verify them again with --fusion votes."
        )


def _known(labels: Mapping[str, Polarity | None]) -> dict[str, bool]:
    """Whether a claim is true, by id, where that is settled."""
    return {claim: _TRUTH[label] for claim, label in labels.items() if label in _TRUTH}
