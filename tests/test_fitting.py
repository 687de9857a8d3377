import csv
import json
from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.fitting import fit_file, fit_workspace
from kgpipe.pipeline import build
from kgpipe.settings import Settings, VerifySettings
from kgpipe.standalone import verify_file
from kgpipe.types import Label
from kgpipe.verify.model_file import DEFAULT
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace
from tests.verify.made_facts import make_facts

FACTS = make_facts(140)
KNOWN = 110


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Settings]:
    """Claims, labels of the first 110, and settings with their pages as evidence."""
    claims, labels, pages = (tmp_path / n for n in ("claims.jsonl", "labels.csv", "pages.jsonl"))
    with claims.open("w") as out, pages.open("w") as evidence:
        for fact in FACTS:
            s, p, o = (
                fact.statement.subjects[0],
                fact.statement.predicate,
                fact.statement.objects[0],
            )
            out.write(json.dumps({"id": fact.id, "subject": s, "predicate": p, "object": o}) + "\n")
            for page in fact.pages:
                row = {"id": page.source, "text": page.text, "claim_id": fact.id}
                evidence.write(json.dumps(row) + "\n")
    with labels.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "label"])
        writer.writerows(
            [fact.id, "supported" if fact.true else "refuted"] for fact in FACTS[:KNOWN]
        )
    return claims, labels, Settings(verify=VerifySettings(evidence=(str(pages),)))


def with_fusion(settings: Settings, model: Path) -> Settings:
    verify = settings.verify.model_copy(update={"fusion": str(model)})
    return settings.model_copy(update={"verify": verify})


def test_a_users_labels_fit_a_model_that_verify_takes(
    files: tuple[Path, Path, Settings], tmp_path: Path
) -> None:
    claims, labels, settings = files
    model, target = tmp_path / "models" / "mine.json", tmp_path / "out.jsonl"
    summary = fit_file(claims, labels, model, settings, Workspace(None))
    assert summary["labels"] == KNOWN
    assert summary["held_out_by_subject"]["auc"] > 0.9
    verify_file(claims, target, with_fusion(settings, model), Workspace(None))
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    new = [(row, fact) for row, fact in zip(rows, FACTS, strict=True)][KNOWN:]
    right = [(row["probability"] >= 0.5) == fact.true for row, fact in new]
    assert sum(right) >= 27
    assert sum(row["calibrated"] for row, _ in new) >= 27


def test_labels_reach_the_fit_and_nothing_that_pages_teach(
    files: tuple[Path, Path, Settings], tmp_path: Path
) -> None:
    claims, labels, settings = files
    models = [tmp_path / name for name in ("a.json", "b.json", "c.json")]
    fit_file(claims, labels, models[0], settings, Workspace(None))
    header, *rows = labels.read_text().splitlines()
    labels.write_text("\n".join([header, *reversed(rows)]) + "\n")
    fit_file(claims, labels, models[1], settings, Workspace(None))
    assert models[0].read_bytes() == models[1].read_bytes()
    swapped = {"supported": "refuted", "refuted": "supported"}
    rows = [f"{row.split(',')[0]},{swapped[row.split(',')[1]]}" for row in rows]
    labels.write_text("\n".join([header, *rows]) + "\n")
    fit_file(claims, labels, models[2], settings, Workspace(None))
    trees = [json.loads(path.read_text()) for path in (models[0], models[2])]
    assert trees[0]["fusion"] != trees[1]["fusion"]
    assert trees[0]["space"] == trees[1]["space"]


def test_the_reviewed_facts_of_a_workspace_fit_too(tmp_path: Path) -> None:
    table, pages = tmp_path / "facts.csv", tmp_path / "pages.jsonl"
    facts = FACTS[:40]
    with table.open("w", newline="") as out, pages.open("w") as evidence:
        writer = csv.writer(out)
        writer.writerow(["subject", "predicate", "object"])
        for fact in facts:
            s, p, o = (
                fact.statement.subjects[0],
                fact.statement.predicate,
                fact.statement.objects[0],
            )
            writer.writerow([s, p, o])
            for page in fact.pages:
                evidence.write(json.dumps({"id": page.source, "text": page.text}) + "\n")
    settings = Settings(verify=VerifySettings(evidence=(str(pages),)))
    workspace = Workspace(None)
    graph = build([table], workspace, settings, wire(settings, workspace))
    truth = {(fact.statement.subjects[0], fact.statement.objects[0]): fact.true for fact in facts}
    labels = [
        Label(
            key=claim.keys[0], annotator="a",
            label="supported" if truth[claim.subject, claim.object] else "refuted",
        )
        for claim in graph.claims
    ]  # fmt: skip
    assert len(labels) == len(facts)
    # Where two reviewers disagree, nothing is learned.
    doubt = labels[0].model_copy(update={"annotator": "b", "label": "unclear"})
    workspace.save_labels([*labels, doubt])
    summary = fit_workspace(workspace, tmp_path / "model.json", settings)
    assert summary["labels"] == len(facts) - 1
    assert summary["held_out_by_subject"]["auc"] > 0.8
    # The model would be bound to a judge that has never voted.
    other = Settings(verify=VerifySettings(judge=("openai:x",)))
    with pytest.raises(UsageError, match="judged by embedded, not by openai:x"):
        fit_workspace(workspace, tmp_path / "other.json", other)


def test_what_cannot_be_fitted_is_said(files: tuple[Path, Path, Settings], tmp_path: Path) -> None:
    claims, labels, settings = files
    with pytest.raises(KgpipeError, match="no verified facts"):
        fit_workspace(Workspace(None), tmp_path / "m.json", Settings())
    few = tmp_path / "few.csv"
    few.write_text("\n".join(labels.read_text().splitlines()[:4]) + "\n")
    with pytest.raises(KgpipeError, match="at least 5"):
        fit_file(claims, few, tmp_path / "m.json", settings, Workspace(None))


def test_a_model_goes_with_its_judges_and_its_embedder(tmp_path: Path) -> None:
    settings = Settings(verify=VerifySettings(fusion="factbench", judge=("openai:x",)))
    with pytest.raises(UsageError, match="kgpipe fit"):
        wire(settings, Workspace(None))
    tree = json.loads(asset_path(DEFAULT).read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(tree | {"embedder": "another"}))
    with pytest.raises(UsageError, match="another"):
        wire(Settings(verify=VerifySettings(fusion=str(other))), Workspace(None))
    with pytest.raises(UsageError, match="no fitted model"):
        wire(Settings(verify=VerifySettings(fusion=str(tmp_path / "none.json"))), Workspace(None))


def test_trusted_triples_are_weighed_where_they_tell_more_than_the_pages(
    files: tuple[Path, Path, Settings], tmp_path: Path
) -> None:
    claims, labels, settings = files
    # Pages that say nothing, and a graph in which only true values are known of others.
    pages = tmp_path / "empty.jsonl"
    texts = [{"id": f.id, "text": f"{f.statement.subjects[0]} is here.", "claim_id": f.id}
            for f in FACTS]  # fmt: skip
    pages.write_text("".join(json.dumps(text) + "\n" for text in texts))
    known = tmp_path / "known.csv"
    with known.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["subject", "predicate", "object"])
        for fact in FACTS:
            s, o = fact.statement.subjects[0], fact.statement.objects[0]
            if fact.true:
                writer.writerows([[s, "lived in", f"house of {o}"], [f"house of {o}", "is in", o]])
    verify = settings.verify.model_copy(update={"evidence": (str(pages),), "graph": (str(known),)})
    settings = settings.model_copy(update={"verify": verify})
    model, target = tmp_path / "graph.json", tmp_path / "out.jsonl"
    summary = fit_file(claims, labels, model, settings, Workspace(None))
    assert summary["held_out_by_subject"]["auc"] > 0.9
    assert json.loads(model.read_text())["graph_scores"]
    verify_file(claims, target, with_fusion(settings, model), Workspace(None))
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    new = [(row, fact) for row, fact in zip(rows, FACTS, strict=True)][KNOWN:]
    assert sum((row["probability"] >= 0.5) == fact.true for row, fact in new) >= 27
    without = verify.model_copy(update={"graph": (), "fusion": str(model)})
    with pytest.raises(UsageError, match="other trusted triples"):
        wire(settings.model_copy(update={"verify": without}), Workspace(None))
