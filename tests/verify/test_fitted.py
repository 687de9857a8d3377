import numpy as np
import pytest

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.types import Vote
from kgpipe.verify.fitted import FittedModel, fit_model
from kgpipe.verify.fitted_verdict import Judged, fitted_verdict, judge_reading
from kgpipe.verify.readings import Reading, read_evidence
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


def judge(model: FittedModel, *evidence: ClaimEvidence) -> list[Judged]:
    return [judge_reading(read(item, model), model) for item in evidence]


def read(item: ClaimEvidence, model: FittedModel) -> Reading:
    return read_evidence("c", item, model, embedder=EMBEDDER)


def test_new_claims_are_judged_rightly(model: FittedModel) -> None:
    judged = judge(model, *(gather(fact) for fact in NEW))
    right = [(row[0] >= 0.5) == fact.true for row, fact in zip(judged, NEW, strict=True)]
    assert np.mean(right) > 0.9


def test_no_evidence_is_unclear_never_true(model: FittedModel) -> None:
    evidence = gather(NEW[0], Page("empty", "Nothing about anybody."))
    reading = read(evidence, model)
    verdict = fitted_verdict(reading, judge_reading(reading, model))
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


def test_what_moved_the_verdict_is_told(model: FittedModel) -> None:
    fact = next(fact for fact in NEW if fact.true)
    reading = read(gather(fact), model)
    judged = judge_reading(reading, model)
    assert 1 <= len(judged.told) <= 5
    strengths = [abs(added) for _, added in judged.told]
    assert strengths == sorted(strengths, reverse=True)
    assert sum(added for _, added in judged.told) > 0
    trace = fitted_verdict(reading, judged).trace
    assert [(step.action, step.subject, step.log_odds) for step in trace] == [
        ("signal", name, added) for name, added in judged.told
    ]


def test_held_out_figures_are_part_of_the_record(model: FittedModel) -> None:
    held_out = model.record["held_out_by_subject"]
    assert held_out["auc"] > 0.9
    assert held_out["balanced_accuracy"] > 0.9


def test_labels_of_many_predicates_speak_of_any() -> None:
    facts = [
        fact._replace(statement=fact.statement._replace(predicate=f"relation {number % 40}"))
        for number, fact in enumerate(KNOWN)
    ]
    outcomes = np.array([float(fact.true) for fact in facts])
    subjects = [fact.statement.subjects[0] for fact in facts]
    open_model = fit_model(
        [gather(fact) for fact in facts], outcomes, subjects, embedder=EMBEDDER,
        embedder_name=MINILM_NAME, record={},
    )  # fmt: skip
    stranger = NEW[0]._replace(statement=NEW[0].statement._replace(predicate="spouse"))
    assert judge(open_model, gather(stranger))[0].calibrated


def test_votes_are_a_column_where_they_are_given() -> None:
    # The pages are the same for all: only the votes can tell.
    evidence = [gather(KNOWN[0])] * len(KNOWN)
    outcomes = np.array([float(fact.true) for fact in KNOWN])
    votes = [[vote(log_odds)] for log_odds in (outcomes * 4 - 2).tolist()]
    voted = fit_model(
        evidence, outcomes, [fact.statement.subjects[0] for fact in KNOWN], embedder=EMBEDDER,
        embedder_name=MINILM_NAME, record={}, judges=("embedded",), votes=votes,
    )  # fmt: skip
    judged = [judge_reading(read(evidence[0], voted), voted, votes=total) for total in (2.0, -2.0)]
    assert judged[0].probability > judged[1].probability + 0.3
    assert {row.told[0][0] for row in judged} == {"votes"}


def vote(log_odds: float, source: str = "a") -> Vote:
    stance = "support" if log_odds > 0 else "refute"
    return Vote(
        judge="j", stance=stance, source=source, start=0, end=1, quote="q", log_odds=log_odds
    )
