from pathlib import Path

import numpy as np
import pytest

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.errors import KgpipeError
from kgpipe.types import Polarity
from kgpipe.verify.fitted import (
    FittedModel,
    default_model,
    fit_model,
    fitted_verdict,
    judge_evidence,
    read_model,
    write_model,
)
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.sightings import Page
from kgpipe.verify.signals import ClaimEvidence, gather_evidence
from tests.verify.made_facts import MadeFact, make_facts

EMBEDDER = MiniLmEmbedder()
FACTS = make_facts(140)
KNOWN, NEW = FACTS[:110], FACTS[110:]
RIVALS = collect_values((f.statement.predicate, f.statement.objects[0]) for f in FACTS)


def gather(fact: MadeFact, *pages: Page) -> ClaimEvidence:
    return gather_evidence(fact.statement, pages or fact.pages, embedder=EMBEDDER, rivals=RIVALS)


@pytest.fixture(scope="module")
def model() -> FittedModel:
    return fit_model(
        [gather(fact) for fact in KNOWN],
        np.array([float(fact.true) for fact in KNOWN]),
        [fact.statement.subjects[0] for fact in KNOWN],
        embedder=EMBEDDER,
        embedder_name=MINILM_NAME,
        record={"fitted_on": "made facts"},
    )


def judge(model: FittedModel, *evidence: ClaimEvidence) -> list[tuple[float, Polarity, bool]]:
    return judge_evidence(evidence, model, embedder=EMBEDDER)


def test_new_claims_are_judged_rightly(model: FittedModel) -> None:
    judged = judge(model, *(gather(fact) for fact in NEW))
    right = [(chance >= 0.5) == fact.true for (chance, _, _), fact in zip(judged, NEW, strict=True)]
    assert np.mean(right) > 0.9


def test_a_file_of_plain_numbers_says_the_same(model: FittedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    write_model(model, path)
    evidence = [gather(fact) for fact in NEW]
    first, again = judge(model, *evidence), judge(read_model(path), *evidence)
    assert [row[0] for row in again] == pytest.approx([row[0] for row in first], abs=2e-3)
    assert [row[2] for row in again] == [row[2] for row in first]
    assert read_model(path).record == {"fitted_on": "made facts"}


@pytest.mark.parametrize("text", ["", "[]", '{"format": "kgpipe fusion 0"}'])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KgpipeError, match="model"):
        read_model(path)


def test_no_evidence_is_unclear_never_true(model: FittedModel) -> None:
    evidence = gather(NEW[0], Page("empty", "Nothing about anybody."))
    (judged,) = judge_evidence([evidence], model, embedder=EMBEDDER)
    verdict = fitted_verdict("c", evidence, judged)
    assert (verdict.label, verdict.reason, verdict.probability) == ("unclear", "no_evidence", 0.5)
    assert not verdict.calibrated


def test_shuffled_evidence_falls_back_to_the_prior(model: FittedModel) -> None:
    others = [gather(fact, *NEW[(place + 2) % len(NEW)].pages) for place, fact in enumerate(NEW)]
    assert {judged[:2] for judged in judge(model, *others)} == {(0.5, "unclear")}


def test_one_poisoned_page_among_ten_does_not_turn_the_verdict(model: FittedModel) -> None:
    for fact in [fact for fact in NEW if fact.true][:4]:
        subject, truth = fact.statement.subjects[0], fact.statement.objects[0]
        honest = [Page(f"p{n}", f"{page.text} Entry {n}.") for n, page in enumerate(fact.pages)]
        (before,) = judge(model, gather(fact, *honest))
        lie = next(value for value in ("Lisbon", "Osaka", "Accra") if value != truth)
        poison = Page("poison", f"{subject} was born in {lie}. {subject} wrote {lie}.")
        (after,) = judge(model, gather(fact, *honest, poison))
        assert (before[0] >= 0.5) and (after[0] >= 0.5)


def test_a_flood_of_copies_of_a_lie_counts_as_one(model: FittedModel) -> None:
    fact = next(fact for fact in NEW if not fact.true)
    subject, claimed = fact.statement.subjects[0], fact.statement.objects[0]
    lie = f"{subject} was born in {claimed}. {subject} wrote {claimed}. It is well known there."
    flood = [Page(f"copy{n}", f"{lie} Copy {n}.") for n in range(50)]
    (once,) = judge(model, gather(fact, *fact.pages, flood[0]))
    (often,) = judge(model, gather(fact, *fact.pages, *flood))
    assert often[0] == pytest.approx(once[0], abs=0.02)


def test_wrong_dates_do_not_support(model: FittedModel) -> None:
    statement = FACTS[0].statement._replace(predicate="birthDate", objects=("1933-02-18",))
    fact = FACTS[0]._replace(statement=statement)
    subject = statement.subjects[0]
    right = gather(fact, Page("a", f"{subject} was born on 18 February 1933 in a small town."))
    wrong = gather(fact, Page("a", f"{subject} was born on 4 May 1951 in a small town."))
    judged = judge(model, right, wrong)
    assert judged[0][0] > judged[1][0]
    assert judged[1][0] < 0.5
    assert judged[1][1] != "supported"


def test_outside_the_fit_nothing_is_called_calibrated(model: FittedModel) -> None:
    fact = next(fact for fact in NEW if fact.true)
    (inside,) = judge(model, gather(fact))
    assert inside[2]
    many = [Page(str(n), f"{page.text} {n}") for page in fact.pages for n in "abc"]
    different = [page._replace(text=f"{'x ' * 3000} {page.text}") for page in fact.pages]
    stranger = fact._replace(statement=fact.statement._replace(predicate="spouse"))
    for evidence in (gather(fact, *different), gather(stranger)):
        assert not judge(model, evidence)[0][2]
    assert gather(fact, *many).pages == len(fact.pages)


def test_the_model_that_ships_says_what_it_was_fitted_on() -> None:
    shipped = default_model()
    assert shipped.embedder == MINILM_NAME
    assert "FactBench" in shipped.record["fitted_on"]
    assert shipped.record["held_out_by_subject"]["balanced_accuracy"] > 0.9
    facts = [fact for fact in FACTS if fact.statement.predicate == "birthPlace"][:12]
    judged = judge(shipped, *(gather(fact) for fact in facts))
    right = [(row[0] >= 0.5) == fact.true for row, fact in zip(judged, facts, strict=True)]
    assert np.mean(right) > 0.8
